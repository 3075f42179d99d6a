import Telemetry

/// JSON as fieldpost writes it. docs/mqtt.md shows each payload.
package struct JSONFormat: PayloadFormat {
  /// Largest number of raised alarms listed in the state: a message has a limit, and so has a screen.
  private static let alarmLimit = 64
  private static let faultLimit = 64

  package let device: String
  /// Readings are written as an array, even a single one.
  private let isBatched: Bool
  /// Units and rounding of the sensors that differ from the defaults.
  private let presentations: Presentation.BySensor

  package init(device: String, isBatched: Bool = false, presentations: Presentation.BySensor = [:]) {
    self.device = device
    self.isBatched = isBatched
    self.presentations = presentations
  }

  package var contentType: String { "application/json" }

  package func readings(_ readings: [Reading], _ clock: ClockCorrection) -> [UInt8] {
    guard isBatched else { return readings.first.map { payload($0, clock) } ?? [] }
    let items = readings.map { payload($0, clock) }
    return Array("[".utf8) + Array(items.joined(separator: Array(",".utf8))) + Array("]".utf8)
  }

  /// One report by itself, for a person: never an array.
  package func payload(_ report: Report, _ clock: ClockCorrection) -> [UInt8] {
    switch report {
    case .reading(let reading): payload(reading, clock)
    case .event(let event): self.event(event, clock)
    case .gap(let gap): self.gap(gap, clock)
    }
  }

  package func state(online: Bool, at time: Stamp?, _ report: StateReport?) -> [UInt8] {
    JSONWriter.object { put(online: online, at: time, report, &$0) }
  }

  package func bound(on reading: Reading) -> Int {
    180 + device.utf8.count + reading.identity.sensor.utf8.count + 80 * reading.quantities.count
  }

  /// The members of the state.
  package func put(online: Bool, at time: Stamp?, _ report: StateReport?, _ json: inout JSONWriter) {
    json.text("device", device)
    json.text("state", online ? "online" : "offline")
    guard let time else { return }
    let clock = ClockCorrection(now: time)
    put(time, clock, &json)
    if let report { put(report, clock, &json) }
  }

  private func put(_ report: StateReport, _ clock: ClockCorrection, _ json: inout JSONWriter) {
    json.number("epoch", UInt64(report.epoch))
    if report.store != 0 { json.text("store", String(report.store, radix: 16)) }
    json.object("buffer") { json in
      json.number("taken", report.taken)
      json.number("acknowledged", report.acknowledged)
      json.number("waiting", report.waiting)
      json.number("evicted", report.evicted)
      json.number("expired", report.expired)
      json.number("lost", report.lost)
      json.number("durable", report.durable)
      json.number("refused", report.refused)
      json.literal("degraded", report.isDegraded ? "true" : "false")
      if let left = report.timeLeft { json.number("hours_left", UInt64(left.components.seconds / 3_600)) }
      json.number("bytes_written_today", UInt64(clamping: report.bytesWrittenToday))
    }
    json.texts("faults", Array(report.faults.prefix(Self.faultLimit)))
    json.number("alarms_raised", UInt64(report.alarms.count))
    json.array("alarms", Array(report.alarms.prefix(Self.alarmLimit))) { raised, json in
      json.text("sensor", raised.alarm.name.sensor)
      put(raised.alarm, &json)
      let (wall, quality) = clock.resolve(raised.since)
      json.text("since", wall.rfc3339)
      json.text("clock", quality.rawValue)
    }
  }

  private func payload(_ reading: Reading, _ clock: ClockCorrection) -> [UInt8] {
    JSONWriter.object { json in
      put(reading.identity, &json)
      put(reading.time, clock, &json)
      json.object("quantities") { json in
        for quantity in reading.quantities {
          json.object(quantity.kind.name) { put(quantity, of: reading.identity.sensor, &$0) }
        }
      }
      json.text("quality", reading.quality.name)
    }
  }

  package func event(_ event: Event, _ clock: ClockCorrection) -> [UInt8] {
    JSONWriter.object { json in
      put(event.identity, &json)
      put(event.time, clock, &json)
      json.text("event", event.kind.name)
      if let sensor = event.sensor { json.text("concerns", sensor) }
      if let alarm = event.alarm { put(alarm, &json) }
      json.text("detail", event.detail)
    }
  }

  package func gap(_ gap: Gap, _ clock: ClockCorrection) -> [UInt8] {
    JSONWriter.object { json in
      put(gap.identity, &json)
      put(gap.time, clock, &json)
      json.text("event", "gap")
      json.text("reason", gap.reason.name)
      json.number("count", gap.count)
      json.array("gaps", gap.spans) { span, json in
        json.text("sensor", span.stream)
        if let count = span.count { json.number("count", count) }
        json.object("first") { put(span.first, &$0) }
        json.object("last") { put(span.last, &$0) }
      }
    }
  }

  private func put(_ position: Gap.Position, _ json: inout JSONWriter) {
    json.number("epoch", UInt64(position.epoch))
    json.number("sequence", position.sequence)
  }

  private func put(_ identity: Identity, _ json: inout JSONWriter) {
    json.text("device", device)
    json.text("sensor", identity.sensor)
    json.number("epoch", UInt64(identity.epoch))
    json.number("sequence", identity.sequence)
  }

  private func put(_ time: Stamp, _ clock: ClockCorrection, _ json: inout JSONWriter) {
    let (wall, quality) = clock.resolve(time)
    json.text("time", wall.rfc3339)
    json.text("clock", quality.rawValue)
  }

  private func presentation(_ sensor: String, _ kind: Quantity.Kind) -> Presentation {
    presentations[sensor]?[kind] ?? Presentation()
  }

  package func put(_ quantity: Quantity, of sensor: String, _ json: inout JSONWriter) {
    let presentation = presentation(sensor, quantity.kind)
    if case .contact(let closed) = quantity {
      json.literal("value", closed ? "true" : "false")
    } else {
      json.literal("value", decimal(micros: presentation.value(quantity)))
    }
    if let unit = presentation.unitSymbol(of: quantity.kind) { json.text("unit", unit) }
  }

  /// Value and threshold have the same unit: that of the sensor's readings.
  private func put(_ alarm: Alarm, _ json: inout JSONWriter) {
    json.text("alarm", alarm.name.kind.name)
    if let quantity = alarm.name.quantity { json.text("quantity", quantity.name) }
    let presentation = alarm.name.quantity.map { self.presentation(alarm.name.sensor, $0) }
    if let value = alarm.value { json.literal("value", presented(value, alarm.name, presentation)) }
    if let limit = alarm.threshold { json.literal("threshold", presented(limit, alarm.name, presentation)) }
    guard alarm.value != nil || alarm.threshold != nil else { return }
    let unit = alarm.name.quantity.flatMap { presentation?.unitSymbol(of: $0) }
    if let unit = alarm.name.kind == .stale ? "s" : unit { json.text("unit", unit) }
  }

  private func presented(_ micros: Int64, _ name: Alarm.Name, _ presentation: Presentation?) -> String {
    guard let presentation, let kind = name.quantity else { return decimal(micros: micros) }
    let isChange = name.kind == .rate
    return decimal(
      micros: isChange ? presentation.difference(micros, of: kind) : presentation.level(micros, of: kind))
  }
}
