import Configuration
import Glibc
import Messages
import Telemetry

/// The status as JSON. docs/status.md describes every key.
extension StatusReport {
  /// Version of the document. It grows when a key changes its meaning or goes away; a new key may come at any time.
  static let documentVersion: UInt64 = 1

  package var json: [UInt8] {
    let reasons = reasons
    return JSONWriter.object { json in
      json.number("status", Self.documentVersion)
      json.text("health", reasons.isEmpty ? "healthy" : "degraded")
      json.texts("reasons", reasons)
      json.text("version", fieldpostVersion)
      json.number("pid", UInt64(getpid()))
      json.text("device", settings.device.id)
      json.number("epoch", UInt64(epoch))
      json.duration("uptime", now.uptime - startedAt.uptime)
      json.object("clock", putClock)
      json.array("sensors", sensors, put)
      json.array("buses", buses, put)
      json.object("uplink", putUplink)
      if let spool = answers.spool { json.object("spool") { put(spool, &$0) } } else { json.literal("spool", "null") }
    }
  }

  private func putClock(_ json: inout JSONWriter) {
    json.text("time", now.wall.rfc3339)
    json.flag("synced", now.synced)
    json.flag("corrected", now.synced && !startedAt.synced)
  }

  private func put(_ stamp: Stamp, since name: String, _ json: inout JSONWriter) {
    json.text(name, ClockCorrection(now: now).resolve(stamp).wall.rfc3339)
    if let age = age(of: stamp) { json.duration("seconds", age) }
  }

  private func put(_ sensor: SensorStatus, _ json: inout JSONWriter) {
    let (settings, record) = (sensor.settings, sensor.record)
    json.text("id", settings.id)
    json.text("driver", settings.chip.name)
    json.text("where", place(settings))
    json.text("bus", settings.busName)
    json.duration("every", record.interval ?? settings.every)
    json.flag("best_effort", settings.chip.isBestEffort)
    switch sensor.state {
    case .waiting: json.text("state", "waiting")
    case .ok: json.text("state", "ok")
    case .notAnswering: json.text("state", "not answering")
    case .fault(let text, let since):
      json.text("state", "fault")
      json.object("fault") { json in
        json.text("text", text)
        put(since, since: "since", &json)
      }
    }
    if let (sample, time) = record.last {
      json.array("values", sample.quantities) { put($0, of: settings, &$1) }
      json.text("quality", sample.quality.name)
      json.duration("age", now.uptime - time.uptime)
    }
    json.number("taken", record.taken)
    json.number("failed", record.failed)
    if let success = record.success { json.ratio("success", success) }
    json.object("recent") { json in
      json.number("taken", UInt64(record.recent.succeeded))
      json.number("of", UInt64(record.recent.count))
    }
    json.number("faults", record.faults)
    guard let alarms = sensor.alarms else { return }
    json.array("alarms", alarms) { raised, json in
      json.text("alarm", raised.alarm.name.kind.name)
      if let quantity = raised.alarm.name.quantity { json.text("quantity", quantity.name) }
      put(raised.since, since: "since", &json)
    }
  }

  /// The value as it is published.
  private func put(_ quantity: Quantity, of sensor: SensorSettings, _ json: inout JSONWriter) {
    let meaning = sensor.meaning.quantities[quantity.kind]
    let presentation = meaning.map { Presentation(unit: $0.unit, step: $0.step) } ?? Presentation()
    json.text("quantity", quantity.kind.name)
    if case .contact(let closed) = quantity {
      json.flag("value", closed)
    } else {
      json.literal("value", decimal(micros: presentation.value(quantity)))
    }
    if let unit = presentation.unitSymbol(of: quantity.kind) { json.text("unit", unit) }
  }

  private func put(_ bus: BusStatus, _ json: inout JSONWriter) {
    json.text("name", bus.name)
    switch bus.state {
    case .healthy: json.text("state", "healthy")
    case .stuck(let since):
      json.text("state", "stuck")
      json.object("stuck") { put(since, since: "since", &$0) }
    case .notAnswering(let sensor, let duration):
      json.text("state", "not answering")
      json.object("reading") { json in
        json.text("sensor", sensor)
        json.duration("seconds", duration)
      }
    }
    if let (time, failure) = bus.powerCycled {
      json.object("power_cycled") { json in
        put(time, since: "at", &json)
        if let failure { json.text("failure", "\(failure)") }
      }
    }
  }

  private func putUplink(_ json: inout JSONWriter) {
    switch uplink.state(at: now.uptime) {
    case .connected: json.text("state", "connected")
    case .connecting: json.text("state", "connecting")
    case .waiting(let until):
      json.text("state", "waiting")
      json.duration("retry_in", until - now.uptime)
    }
    put(uplink.since, since: "since", &json)
    json.text("broker", brokerName)
    json.flag("answers", answers.uplink != nil)
    if let figures = answers.uplink {
      json.text("protocol", figures.protocolName)
      json.number("in_flight", UInt64(figures.inFlight))
      json.texts("held", figures.held)
    }
    json.number("reconnects", uplink.connections > 0 ? uplink.connections - 1 : 0)
    json.number("dead_letters", uplink.deadLetters)
    if let (text, time) = uplink.lastError {
      json.object("last_error") { json in
        json.text("text", text)
        put(time, since: "at", &json)
      }
    }
  }

  private func put(_ spool: SpoolFigures, _ json: inout JSONWriter) {
    let (report, sinceStart) = (spool.report, spool.sinceStart)
    json.number("waiting", report.waiting)
    json.number("durable", report.durable)
    if let oldest = spool.oldest { json.object("oldest") { put(oldest, since: "time", &$0) } }
    json.number("taken", report.taken)
    json.number("acknowledged", report.acknowledged)
    json.number("evicted", report.evicted)
    json.number("expired", report.expired)
    json.number("lost", report.lost)
    json.object("since_start") { json in
      json.number("evicted", UInt64(sinceStart.evicted))
      json.number("expired", UInt64(sinceStart.expired))
      json.number("lost", UInt64(sinceStart.lost))
      json.number("refused", UInt64(sinceStart.refused))
      json.number("bytes_written", UInt64(clamping: sinceStart.bytesWritten))
    }
    json.number("bytes_written_today", UInt64(clamping: report.bytesWrittenToday))
    if let left = report.timeLeft { json.number("hours_left", UInt64(left.components.seconds / 3_600)) }
    json.flag("degraded", report.isDegraded)
    json.flag("losing", spool.isLosing)
  }
}

extension JSONWriter {
  fileprivate mutating func flag(_ name: String, _ isSet: Bool) { literal(name, isSet ? "true" : "false") }

  /// In seconds, to the millisecond.
  fileprivate mutating func duration(_ name: String, _ duration: Duration) { literal(name, duration.inSeconds) }

  fileprivate mutating func ratio(_ name: String, _ ratio: Double) {
    literal(name, decimal(micros: Int64((ratio * 1_000_000).rounded())))
  }
}

extension Duration {
  /// The seconds as a decimal number, to the millisecond.
  var inSeconds: String { decimal(micros: nanoseconds / 1_000_000 * 1_000) }
}
