import Display
import Listening
import Telemetry

/// The latest of each sensor, and how its stream looks so far, redrawn in place on a terminal.
struct LiveTable {
  private var latest: [Audit.Stream: IncomingReport] = [:]
  private var states: [String: String] = [:]
  /// Of the connection.
  var note = ""

  mutating func add(_ delivery: Delivery) {
    for report in delivery.reports {
      latest[Audit.Stream(device: report.device, sensor: report.identity.sensor)] = report
    }
    for state in delivery.states { states[state.device] = state.state }
  }

  /// The whole screen, as the terminal wants it.
  func screen(_ audit: Audit, lines: Int, columns: Int) -> [UInt8] {
    let head = ["DEVICE", "SENSOR", "VALUE", "TIME", "QUALITY", "EPOCH", "SEQUENCE", "RECEIVED", "GAPS"]
    let rows = audit.findings.compactMap { finding in latest[finding.stream].map { row($0, finding) } }
    var text = table([head] + rows).split(separator: "\n").map(String.init)
    if !states.isEmpty {
      text.append("")
      text.append(states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "  "))
    }
    let room = max(2, lines - 2)
    if text.count > room { text = text.prefix(room - 1) + ["… and \(text.count - room + 1) more"] }
    text += ["", note]
    return redrawn(text.map { String(printable($0).prefix(columns)) })
  }

  private func row(_ report: IncomingReport, _ finding: Audit.Finding) -> [String] {
    var (value, quality) = (words(for: report.content), "")
    if case .reading(let quantities, let said) = report.content {
      value = words(for: .reading(quantities, quality: "good"))
      quality = said
    }
    return [
      report.device, report.identity.sensor, value, report.time, quality, "\(report.identity.epoch)",
      "\(report.identity.sequence)", "\(finding.received)", "\(finding.missingCount)",
    ]
  }
}
