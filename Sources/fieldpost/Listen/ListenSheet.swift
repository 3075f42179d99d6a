import Listening
import Telemetry

/// Deliveries as rows of the table that `spool export --csv` writes.
struct ListenSheet {
  func rows(for delivery: Delivery) -> [[UInt8]] {
    delivery.reports.flatMap { report in
      cells(for: report).map { csv([report.time, report.clock] + $0 + [report.device]) }
    }
      + delivery.states.map { state in
        csv([state.time, state.clock, "", "", "", state.state, "", "", "", "state", "", state.device])
      }
  }

  /// The columns from `sensor` to `detail`.
  private func cells(for report: IncomingReport) -> [[String]] {
    let identity = report.identity
    let place = ["\(identity.epoch)", "\(identity.sequence)"]
    switch report.content {
    case .reading(let quantities, let quality):
      return quantities.map { quantity in
        [identity.sensor] + place + [
          quantity.name, number(quantity.value), quantity.unit ?? "", quality, "reading", "",
        ]
      }
    case .event(let name, let concerns, let detail):
      return [[concerns ?? ""] + place + [name, "", "", "", "event", detail]]
    case .gap(let reason, let count, let spans):
      return spans.map { cells(for: $0, reason) } + rest(count, spans, place, reason)
    }
  }

  private func number(_ value: IncomingQuantity.Value) -> String {
    switch value {
    case .number(let digits): digits
    case .flag(let isSet): isSet ? "1" : "0"
    case .unreadable: ""
    }
  }

  private func cells(for span: Gap.Span, _ reason: String) -> [String] {
    [
      span.stream, "\(span.first.epoch)", "\(span.first.sequence)", "missing", span.count.map { "\($0)" } ?? "", "", "",
      "gap",
      "\(reason): from epoch \(span.first.epoch) no. \(span.first.sequence) to epoch \(span.last.epoch) no. "
        + "\(span.last.sequence)",
    ]
  }

  /// A row for the missing readings that the spans do not account for.
  private func rest(_ count: UInt64, _ spans: [Gap.Span], _ place: [String], _ reason: String) -> [[String]] {
    let known = spans.allSatisfy { $0.count != nil } ? spans.reduce(0) { $0 &+ ($1.count ?? 0) } : 0
    guard count > known else { return [] }
    let whose = spans.isEmpty ? "nobody knows of which sensors" : "in all, of these or other sensors"
    return [[""] + place + ["missing", "\(count - known)", "", "", "gap", "\(reason): \(whose)"]]
  }
}
