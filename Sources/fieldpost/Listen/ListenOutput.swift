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

/// Shows what arrives on standard output, and what befalls the connection on standard error. What was shown is written
/// when the call returns.
final class ListenOutput {
  enum Style {
    case nothing, lines, jsonl, csv, live
  }

  private let style: Style
  private let sheet = ListenSheet()
  private var live: LiveTable
  /// Until there is a connection there is no table either.
  private var hasDrawn = false

  /// `ending`: how a person ends it.
  init(_ style: Style, ending: String) {
    self.style = style
    live = LiveTable(ending: ending)
  }

  /// Whether it wants to be drawn again now and then.
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
      for fault in delivery.faults { tell("\(delivery.message.topic): \(fault)") }
    case .live: live.add(delivery)
    }
  }

  func draw(_ audit: Audit) throws(SystemError) {
    let (lines, columns) = StandardOutput.terminalSize
    try StandardOutput.write((hasDrawn ? [] : cleared) + live.screen(audit, lines: lines, columns: columns))
    hasDrawn = true
  }

  /// A line about the connection.
  func tell(_ text: String) {
    live.note = text
    if !isLive || isatty(STDERR_FILENO) == 0 { printError(printable("fieldpost: \(text)") + "\n") }
  }

  /// Draws for the last time, and leaves the cursor below.
  func end(_ audit: Audit) throws(SystemError) {
    guard hasDrawn else { return }
    try draw(audit)
    try StandardOutput.write([10])
  }

  private func put(_ lines: [[UInt8]]) throws(SystemError) {
    try StandardOutput.write(lines.reduce(into: []) { $0 += $1 + [10] })
  }
}
