import Telemetry

/// A daemon's status for people. The table fits into `columns`; other lines, which must be read whole, may be longer.
package struct StatusSheet {
  /// How a line is to be coloured.
  package enum Tone: Sendable { case plain, heading, good, warning, bad }

  package struct Line: Hashable, Sendable {
    package let text: String
    package let tone: Tone
    /// The column at which a broken line continues.
    let indent: Int

    init(_ text: String, _ tone: Tone = .plain, indent: Int = 0) {
      self.text = text
      self.tone = tone
      self.indent = indent
    }
  }

  /// The least width in columns at which each sensor's driver and place are shown.
  private static let wide = 110
  /// Below this width, columns of figures may be left out.
  private static let narrow = 75

  let status: StatusDocument
  let columns: Int

  package init(_ status: StatusDocument, columns: Int) {
    self.status = status
    self.columns = columns
  }

  package var lines: [Line] {
    let parts = [head, verdict, table(of: status.sensors), buses + uplink + spool + [clock]]
    return Array(parts.filter { !$0.isEmpty }.joined(separator: [Line("")]))
  }

  var head: [Line] {
    let up = "up \(span(status.uptime))"
    let facts = [status.device, "fieldpost \(status.version)", up, "epoch \(status.epoch)", "pid \(status.pid)"]
    return [Line(facts.joined(separator: "   "), .heading)]
  }

  private var verdict: [Line] {
    switch status.health {
    case .healthy: [Line("healthy", .good)]
    case .degraded: [Line("degraded", .bad)] + status.reasons.map { Line("  \($0)", .bad, indent: 4) }
    }
  }

  // MARK: Sensors

  func table(of sensors: [StatusDocument.Sensor]) -> [Line] {
    let isWide = columns >= Self.wide
    let place = isWide ? ["DRIVER", "WHERE"] : []
    let rows = sensors.map { sensor in
      [sensor.id] + (isWide ? [sensor.driver, sensor.place] : []) + figures(sensor)
    }
    let heads = ["SENSOR"] + place + ["VALUE", "AGE", "SUCCESS", "LAST 100", "FAULTS", "STATE"]
    // The columns that shrink, in this order, and their least widths.
    let value = isWide ? 3 : 1
    let yielding = [(value, 12), (0, 8), (heads.count - 1, 8)]
    // FAULTS, LAST 100 and SUCCESS are left out, in this order, as far as necessary.
    let dropping = columns < Self.narrow ? [5, 4, 3] : []
    let fitted = Columns([heads] + rows, width: columns, dropping: dropping, yielding: yielding).lines
    let tones = [.heading] + sensors.map(tone)
    return zip(fitted, tones).map { Line($0, $1) }
  }

  private func figures(_ sensor: StatusDocument.Sensor) -> [String] {
    let share = sensor.recent.of == 0 ? nil : Double(sensor.recent.taken) / Double(sensor.recent.of)
    return [
      sensor.values.map { $0.map(words).joined(separator: ", ") } ?? "-", sensor.age.map(span) ?? "-",
      sensor.success.map(percent) ?? "-", share.map(percent) ?? "-", "\(sensor.faults)", state(sensor),
    ]
  }

  private func state(_ sensor: StatusDocument.Sensor) -> String {
    var words = [sensor.state]
    if let fault = sensor.fault { words = ["fault, \(span(fault.seconds))"] }
    let alarms = sensor.alarms ?? []
    if alarms.count == 1 { words.append("alarm \(alarms[0].alarm)") }
    if alarms.count > 1 { words.append("\(alarms.count) alarms") }
    if let quality = sensor.quality, quality != "good" { words.append(quality) }
    if sensor.isBestEffort { words.append("best effort") }
    return words.joined(separator: ", ")
  }

  private func tone(_ sensor: StatusDocument.Sensor) -> Tone {
    switch sensor.state {
    case "fault", "not answering": .bad
    default: sensor.alarms?.isEmpty != false ? .plain : .warning
    }
  }

  private func words(_ value: StatusDocument.Value) -> String {
    switch value.content {
    case .closed(let isClosed): isClosed ? "closed" : "open"
    case .number(let number):
      decimal(micros: Int64((number * 1_000_000).rounded())) + (value.unit.map { " \($0)" } ?? "")
    }
  }

  // MARK: The rest

  private var buses: [Line] {
    let usual = status.buses.filter { !isUnusual($0) }.map(\.name)
    if usual.isEmpty { return unusualBuses }
    return [named("buses", "\(usual.joined(separator: ", ")): healthy")] + told(status.buses.filter(isUnusual), "")
  }

  var unusualBuses: [Line] { told(status.buses.filter(isUnusual), "buses") }

  private func isUnusual(_ bus: StatusDocument.Bus) -> Bool { bus.state != "healthy" || bus.powerCycled != nil }

  private func told(_ buses: [StatusDocument.Bus], _ name: String) -> [Line] {
    buses.enumerated().map { place, bus in
      named(place == 0 ? name : "", "\(bus.name): \(words(bus))", bus.state == "healthy" ? .plain : .bad)
    }
  }

  private func words(_ bus: StatusDocument.Bus) -> String {
    var words = bus.state
    if let seconds = bus.stuck?.seconds { words += " for \(span(seconds))" }
    if let reading = bus.reading { words += ": reading \(reading.sensor) for \(span(reading.seconds))" }
    if let seconds = bus.powerCycled?.seconds { words += "; sensors switched off and on \(span(seconds)) ago" }
    return words
  }

  var uplink: [Line] {
    let uplink = status.uplink
    let isConnected = uplink.state == "connected"
    var first = "\(isConnected ? "connected" : "not connected") to \(uplink.broker) for \(span(uplink.seconds))"
    if let retry = uplink.retryIn { first += "; next attempt in \(span(retry))" }
    if uplink.state == "connecting" { first += "; connecting" }
    var lines = [named("uplink", first, isConnected ? .plain : .bad)]
    var facts = [uplink.protocol ?? "its thread does not answer"]
    if let inFlight = uplink.inFlight { facts.append("\(inFlight) in flight") }
    facts.append("\(uplink.reconnects) reconnect\(uplink.reconnects == 1 ? "" : "s")")
    if uplink.deadLetters > 0 { facts.append("\(counted(uplink.deadLetters, "dead letter"))") }
    lines.append(named("", facts.joined(separator: ", ")))
    if let error = uplink.lastError {
      lines.append(named("", "last error, \(span(error.seconds)) ago: \(error.text)", isConnected ? .plain : .bad))
    }
    return lines
  }

  var spool: [Line] {
    guard let spool = status.spool else { return [named("spool", "not answering", .bad)] }
    var first = ["\(spool.waiting) waiting" + oldest(spool)]
    first.append("\(spool.durable) on disk")
    if let hours = spool.hoursLeft { first.append("room for \(hours) h") }
    if spool.degraded { first.append("the disk cannot be written") }
    var lines = [named("spool", first.joined(separator: "; "), spool.degraded ? .bad : .plain)]
    let written = (bytes(spool.bytesWrittenToday), bytes(spool.sinceStart.bytesWritten))
    lines.append(named("", "written: \(written.0) today, \(written.1) since the start"))
    let lost = (
      sums(spool.sinceStart.evicted, spool.sinceStart.expired, spool.sinceStart.lost, spool.sinceStart.refused),
      sums(spool.evicted, spool.expired, spool.lost, 0)
    )
    if !lost.0.isEmpty { lines.append(named("", "given up since the start: \(lost.0)", .warning)) }
    if !lost.1.isEmpty { lines.append(named("", "since the buffer was made: \(lost.1)")) }
    return lines
  }

  private func oldest(_ spool: StatusDocument.Spool) -> String {
    guard let oldest = spool.oldest else { return "" }
    return ", the oldest " + (oldest.seconds.map { "for \(span($0))" } ?? "from before the last boot")
  }

  private func sums(_ evicted: UInt64, _ expired: UInt64, _ lost: UInt64, _ refused: UInt64) -> String {
    [("evicted", evicted), ("expired", expired), ("lost", lost), ("refused", refused)].filter { $0.1 > 0 }
      .map { "\($0.1) \($0.0)" }.joined(separator: ", ")
  }

  var clock: Line {
    switch (status.clock.synced, status.clock.corrected) {
    case (true, false): named("clock", "set")
    case (true, true): named("clock", "set after the start: earlier times are corrected")
    case (false, _): named("clock", "not set: times are marked, and corrected once it is", .warning)
    }
  }

  func named(_ name: String, _ text: String, _ tone: Tone = .plain) -> Line {
    Line(name + String(repeating: " ", count: 9 - name.count) + text, tone, indent: 9)
  }
}

/// `3 min 20 s`.
private func span(_ seconds: Double) -> String { brief(.milliseconds(Int64((seconds * 1_000).rounded()))) }

/// Rounded down, so that it is never 100 % when something has failed.
private func percent(_ share: Double) -> String {
  let tenths = Int((share * 1_000).rounded(.down))
  return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
}

private func bytes(_ count: UInt64) -> String {
  switch count {
  case ..<1_024: "\(count) B"
  case ..<(1 << 20): "\(count >> 10) KiB"
  default: "\(count >> 20) MiB"
  }
}
