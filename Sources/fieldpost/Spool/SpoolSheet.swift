import Telemetry

/// Reports as rows of a table, one for each quantity, event, and span of a gap.
///
/// An event's row has the sensor that it concerns, so that sorting by sensor and time puts the event where it happened.
/// Its epoch and sequence number are the event's own. A gap's row says how many readings of a sensor are missing, and
/// from which number on.
struct SpoolSheet {
  private let reports: SpoolReports
  private let marksSettled: Bool

  init(_ reports: SpoolReports, marksSettled: Bool) {
    self.reports = reports
    self.marksSettled = marksSettled
  }

  var head: [UInt8] {
    csv(sheetHead + (marksSettled ? ["settled"] : []))
  }

  func rows(for report: Report, isSettled: Bool) -> [[UInt8]] {
    let (wall, clock) = reports.clock.resolve(report.time)
    return cells(for: report).map { cells in
      let marks = marksSettled ? [isSettled ? "yes" : "no"] : []
      return csv([wall.rfc3339, clock.rawValue] + cells + [reports.device] + marks)
    }
  }

  /// The columns from `sensor` to `detail`.
  private func cells(for report: Report) -> [[String]] {
    let identity = report.identity
    let place = ["\(identity.epoch)", "\(identity.sequence)"]
    switch report {
    case .reading(let reading):
      return reading.quantities.map { quantity in
        let presentation = reports.presentation(identity.sensor, quantity.kind)
        return [identity.sensor] + place + [
          quantity.kind.name, decimal(micros: presentation.value(quantity)),
          presentation.unitSymbol(of: quantity.kind) ?? "", reading.quality.name, "reading", "",
        ]
      }
    case .event(let event):
      return [[event.sensor ?? ""] + place + [event.kind.name, "", "", "", "event", event.detail]]
    case .gap(let gap): return cells(for: gap)
    }
  }

  private func cells(for gap: Gap) -> [[String]] {
    let rows = gap.spans.map { span in
      [
        span.stream, "\(span.first.epoch)", "\(span.first.sequence)", "missing", span.count.map { "\($0)" } ?? "", "",
        "",
        "gap",
        "\(gap.reason.name): from epoch \(span.first.epoch) no. \(span.first.sequence) to epoch \(span.last.epoch) no. "
          + "\(span.last.sequence)",
      ]
    }
    let known = gap.spans.allSatisfy { $0.count != nil } ? gap.spans.reduce(0) { $0 &+ ($1.count ?? 0) } : 0
    guard gap.count > known else { return rows }
    let rest = [
      "", "\(gap.identity.epoch)", "\(gap.identity.sequence)", "missing", "\(gap.count - known)", "", "", "gap",
      "\(gap.reason.name): \(gap.spans.isEmpty ? "nobody knows of which sensors" : "in all, of these or other sensors")",
    ]
    return rows + [rest]
  }
}
