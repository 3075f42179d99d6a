import ArgumentParser
import Display
import Glibc
import Linux
import Listening
import Scheduling
import Telemetry

/// How `listen` shows what arrives.
enum ListenFormat: String, ExpressibleByArgument, CaseIterable {
  case table, jsonl, csv
}

/// Shows deliveries on standard output, and messages about the connection on standard error. A delivery is written when
/// `show` returns, except in the live table, which shows it at the next `draw`.
final class ListenOutput {
  enum Style {
    case nothing, lines, jsonl, csv, live
  }

  private let style: Style
  private let sheet = ListenSheet()
  private var live: LiveTable
  /// Whether the live table is on the screen. It is first drawn once there is a connection.
  private var hasDrawn = false

  /// `ending`: text that says how to end the program.
  init(_ style: Style, ending: String) {
    self.style = style
    live = LiveTable(ending: ending)
  }

  /// Whether to call `draw` repeatedly.
  var isLive: Bool { style == .live }

  func begin() throws(SystemError) {
    if style == .csv { try put([csv(sheetHead)]) }
  }

  func show(_ delivery: Delivery) throws(SystemError) {
    switch style {
    case .nothing: break
    case .lines: try put(lines(for: delivery).map { Array(StandardOutput.terminal.shown($0).utf8) })
    case .jsonl: try put([jsonLine(for: delivery)])
    case .csv:
      try put(sheet.rows(for: delivery))
      for fault in delivery.faults { tell("\(delivery.topic): \(fault)") }
    case .live: live.add(delivery)
    }
  }

  func draw(_ audit: Audit) throws(SystemError) {
    let (lines, columns) = StandardOutput.terminalSize
    try StandardOutput.write((hasDrawn ? [] : cleared) + live.screen(audit, lines: lines, columns: columns))
    hasDrawn = true
  }

  /// Shows a line about the connection.
  func tell(_ text: String) {
    live.note = text
    if !isLive || isatty(STDERR_FILENO) == 0 { printError(printable("fieldpost: \(text)") + "\n") }
  }

  /// Draws the live table a last time, and leaves the cursor below it.
  func end(_ audit: Audit) throws(SystemError) {
    guard hasDrawn else { return }
    try draw(audit)
    try StandardOutput.write([10])
  }

  private func put(_ lines: [[UInt8]]) throws(SystemError) {
    try StandardOutput.write(lines.reduce(into: []) { $0 += $1 + [10] })
  }
}
