/// The status on a terminal that is redrawn in place: all of it at once, however many sensors there are.
extension StatusSheet {
  /// At most so many lines. Uplink, buffer and clock come first, then the reasons, then the sensors, those in trouble before the
  /// others. What there is no room for is counted. `ending`: how a person ends it, in the last line.
  package func screen(rows: Int, ending: String) -> [Line] {
    let about = head + [Line(status.health.rawValue, status.health == .healthy ? .good : .bad)]
    let vital = (about + uplink + spool + [clock] + unusualBuses).flatMap { $0.wrapped(to: columns) }
    let top = vital + reasons(atMost: rows < 20 ? 2 : 4)
    // An empty line before the sensors, and the last line.
    let room = rows - top.count - 2
    let body = top + (room > 0 ? [Line("")] + worst(in: room) : [])
    return body.prefix(max(0, rows - 1)) + [Line(ending)]
  }

  /// The first reason is there in any case, cut if it has to be.
  private func reasons(atMost limit: Int) -> [Line] {
    var lines: [Line] = []
    var shown = 0
    for reason in status.reasons {
      let more = named(shown == 0 ? "reasons" : "", reason, .bad).wrapped(to: columns)
      guard shown == 0 || lines.count + more.count <= limit else { break }
      lines += more.prefix(limit)
      shown += 1
    }
    let rest = status.reasons.count - shown
    return rest == 0 ? lines : lines + [named("", "… \(rest) more", .bad)]
  }

  /// The table, or as much of it as there is room for.
  private func worst(in room: Int) -> [Line] {
    let all = status.sensors.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
      .map(\.element)
    if all.count < room { return table(of: all) }
    // The heading, and the line that counts the rest.
    let shown = max(0, room - 2)
    let rest = Line("… \(all.count - shown) more sensor\(all.count - shown == 1 ? "" : "s")")
    return shown == 0 ? [rest] : table(of: Array(all.prefix(shown))) + [rest]
  }

  /// 0 is the worst.
  private func rank(_ sensor: StatusDocument.Sensor) -> Int {
    switch sensor.state {
    case "fault", "not answering": 0
    case _ where sensor.alarms?.isEmpty == false: 1
    case _ where sensor.quality.map { $0 != "good" } ?? false: 2
    case "ok": 4
    default: 3
    }
  }
}

extension StatusSheet.Line {
  /// The same in lines of at most so many columns.
  package func wrapped(to columns: Int) -> [Self] {
    Display.wrapped(text, to: columns, indent: indent).map { Self($0, tone, indent: indent) }
  }
}
