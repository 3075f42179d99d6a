/// The status on a terminal that is redrawn in place: it always fits on one screen, however many sensors there are.
extension StatusSheet {
  /// At most `rows` lines: uplink, buffer and clock, then the reasons, then the sensors, the worst first. Reasons and
  /// sensors that do not fit are counted. `ending`: the last line, which says how to end the program.
  package func screen(rows: Int, ending: String) -> [Line] {
    let about = head + [Line(status.health.rawValue, status.health == .healthy ? .good : .bad)]
    let vital = (about + uplink + spool + [clock] + unusualBuses).flatMap { $0.wrapped(to: columns) }
    let top = vital + reasons(atMost: rows < 20 ? 2 : 4)
    // Two lines are reserved: an empty one before the sensors, and the last line.
    let room = rows - top.count - 2
    let body = top + (room > 0 ? [Line("")] + worst(in: room) : [])
    return body.prefix(max(0, rows - 1)) + [Line(ending)]
  }

  /// The reasons, in at most `limit` lines and one that counts the rest. The first reason is always shown, cut if
  /// necessary.
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

  /// The table of sensors, the worst first, and a line that counts those that do not fit.
  private func worst(in room: Int) -> [Line] {
    let all = status.sensors.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
      .map(\.element)
    if all.count < room { return table(of: all) }
    // Two lines are reserved: the heading, and the line that counts the rest.
    let shown = max(0, room - 2)
    let rest = Line("… \(all.count - shown) more sensor\(all.count - shown == 1 ? "" : "s")")
    return shown == 0 ? [rest] : table(of: Array(all.prefix(shown))) + [rest]
  }

  /// How bad a sensor's state is: 0 is the worst.
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
  /// Breaks the line into lines of at most `columns` columns.
  package func wrapped(to columns: Int) -> [Self] {
    Display.wrapped(text, to: columns, indent: indent).map { Self($0, tone, indent: indent) }
  }
}
