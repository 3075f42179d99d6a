import Display
import Listening
import Telemetry

/// The latest report of each sensor and the state of its stream, redrawn in place on a terminal.
struct LiveTable {
  private var latest: [Audit.Stream: IncomingReport] = [:]
  private var states: [String: String] = [:]
  private let ending: String
  /// The latest message about the connection.
  var note = ""

  /// `ending`: text that says how to end the program.
  init(ending: String) { self.ending = ending }

  mutating func add(_ delivery: Delivery) {
    for report in delivery.reports {
      latest[Audit.Stream(device: report.device, sensor: report.identity.sensor)] = report
    }
    for state in delivery.states { states[state.device] = state.state }
  }

  /// The bytes that draw the whole screen.
  func screen(_ audit: Audit, lines: Int, columns: Int) -> [UInt8] {
    let rows = audit.findings.compactMap { finding in latest[finding.stream].map { row($0, finding) } }
    let gateways = states.sorted { $0.key < $1.key }.map { printable("\($0.key) \($0.value)") }
    let sheet = LiveSheet(rows, states: gateways)
      .lines(rows: lines, columns: columns, note: printable(note), ending: ending)
    let terminal = StandardOutput.terminal
    // Cut again: the substitute for a character that the terminal lacks may be longer.
    return redrawn(sheet.map { String(terminal.shown($0).prefix(columns)) })
  }

  private func row(_ report: IncomingReport, _ finding: Audit.Finding) -> LiveSheet.Row {
    var (value, quality) = (words(for: report.content), "")
    if case .reading(let quantities, let said) = report.content {
      value = words(for: .reading(quantities, quality: "good"))
      quality = said
    }
    return LiveSheet.Row(
      device: printable(report.device), sensor: printable(report.identity.sensor), value: printable(value),
      time: printable(report.time), quality: printable(quality), epoch: report.identity.epoch,
      sequence: report.identity.sequence, received: finding.received, gaps: finding.missingCount)
  }
}
