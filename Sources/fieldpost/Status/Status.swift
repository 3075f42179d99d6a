import ArgumentParser
import Configuration
import Display
import Linux
import Telemetry

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Asks the daemon of this machine how it is.",
    discussion: """
      Shows sensors, buses, uplink, buffer and clock, and every reason why something is not as it should be. Exit status \
      0: healthy; 1: degraded (a sensor, a bus or a thread does not answer, not connected, the broker acknowledges nothing \
      or does not take something, the connection is ended again and again, the disk cannot be written, a reload was \
      refused, or readings were given up within the last hour); 2: no daemon answers. Raised alarms \
      are shown, and change nothing of that. Who may ask: root, the daemon's user, and the group fieldpost. NO_COLOR \
      switches colours off.
      """)

  @Option(
    help: ArgumentHelp("Asks at this socket. (default: /run/fieldpost/status)", valueName: "path"),
    completion: .file())
  var socket: String?
  @Option(
    help: ArgumentHelp("Asks at the socket that this devices.yaml names.", valueName: "file"),
    completion: yamlFile)
  var config: String?
  @Flag(help: "The daemon's answer as it is, one JSON object.")
  var json = false
  @Flag(help: "Asks again every second, and redraws the terminal; q or Ctrl-C ends. Uplink and buffer come first.")
  var watch = false

  func validate() throws {
    if socket != nil, config != nil { throw ValidationError("--socket and --config both say where to ask") }
    if watch, json { throw ValidationError("--watch draws a table: it does not go with --json") }
    if watch, !StandardOutput.isTerminal { throw ValidationError("--watch needs a terminal") }
  }

  func run() throws {
    let source = StatusSource(path: try path())
    if watch {
      let status = try StatusWatch(source).run()
      if status != 0 { throw ExitCode(status) }
      return
    }
    do throws(StatusFailure) {
      try show(try source.ask())
    } catch {
      complain("fieldpost: \(error.reason)")
      throw ExitCode(2)
    }
  }

  private func path() throws -> String {
    if let socket { return socket }
    guard let config else { return StatusSettings().socket }
    guard let places = ConfiguredPaths(of: config) else {
      complain("fieldpost: \(config) cannot be read, so where to ask is not known: see fieldpost check \(config)")
      throw ExitCode(2)
    }
    return places.socket
  }

  private func sheet(_ document: StatusDocument) -> [String] {
    let paint = Paint(StandardOutput.terminal)
    guard let width = StandardOutput.width else {
      return StatusSheet(document, columns: 80).lines.map { paint.line($0, columns: nil) }
    }
    let lines = StatusSheet(document, columns: width).lines.flatMap { $0.wrapped(to: width) }
    return lines.map { paint.line($0, columns: nil) }
  }

  /// Shows the answer, and exits the program unless the exit status is 0.
  private func show(_ answer: StatusSource.Answer) throws(StatusFailure) {
    do throws(SystemError) {
      if json {
        try StandardOutput.write(printableJSON(answer.bytes) + [10])
      } else {
        try StandardOutput.write(Array((sheet(answer.document).joined(separator: "\n") + "\n").utf8))
      }
    } catch {
      throw StatusFailure(reason: "\(error)")
    }
    if answer.exitStatus != 0 { Self.exit(withError: ExitCode(answer.exitStatus)) }
  }
}

/// Colours lines, on a terminal that has colours.
struct Paint {
  private let terminal: Terminal

  init(_ terminal: Terminal) { self.terminal = terminal }

  /// `columns`: the width to cut the line to; nil: it is not cut.
  func line(_ line: StatusSheet.Line, columns: Int?) -> String {
    let whole = terminal.shown(printable(line.text))
    let text = columns.map { terminal.isUnicode ? ellipsized(whole, to: $0) : String(whole.prefix($0)) } ?? whole
    guard terminal.hasColour, let code = code(line.tone), !text.isEmpty else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private func code(_ tone: StatusSheet.Tone) -> Int? {
    switch tone {
    case .plain: nil
    case .heading: 1
    case .good: 32
    case .warning: 33
    case .bad: 31
    }
  }
}
