import Foundation
import Testing

/// `fieldpost status` as a technician sees it, in a terminal of 80 columns and 24 lines.
@Suite("The status on a terminal", .serialized)
struct StatusTerminalTests {
  let workplace: Workplace
  private var socketPath: String { workplace.path("status") }
  private var watch: String { "\(programs)/fieldpost status --watch --socket \(socketPath)" }

  init() throws { workplace = try Workplace() }

  private static func name(_ number: Int) -> String { "a-thermometer-with-a-long-name-\(number)" }

  /// A gateway with 25 sensors, of which the last one cannot be read, and no broker.
  private func daemon() throws -> Program {
    for number in 1...24 { try workplace.write("21500\n", to: "t/\(number)") }
    let sensors = (1...25).map { "  - {id: \(Self.name($0)), driver: file, path: /t/\($0), every: 1s}" }
    let text = Daemon.configuration(
      workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: sensors.joined(separator: "\n"))
    return try Daemon.start(workplace, configuration: text, options: ["--root", workplace.directory])
  }

  @Test(
    "--watch with 25 sensors: uplink, buffer and clock are there, the faulty one comes first, the rest is counted, q ends"
  )
  func manySensors() throws {
    let daemon = try daemon()
    #expect(daemon.says("a-thermometer-with-a-long-name-25: cannot be read"), "\(daemon.lines)")
    #expect(eventually { FileManager.default.fileExists(atPath: socketPath) })
    let terminal = try TerminalScreen(workplace, watch)
    let screen = try #require(
      terminal.when { $0.contains { $0.contains("more sensors") } && $0.contains { $0.contains("fault") } },
      "\(terminal.lines)")
    for word in ["uplink", "spool", "clock"] { #expect(screen.contains { $0.hasPrefix(word) }, "\(screen)") }
    let head = try #require(screen.firstIndex { $0.hasPrefix("SENSOR") }, "\(screen)")
    let uplink = try #require(screen.firstIndex { $0.hasPrefix("uplink") })
    #expect(uplink < head)
    #expect(screen[head + 1].contains("fault"), "\(screen)")
    let rows = screen.count { $0.hasPrefix("a-thermo") }
    #expect(screen.contains { $0 == "… \(25 - rows) more sensors" }, "\(screen)")
    #expect(rows > 0, "\(screen)")
    #expect(screen.last { !$0.isEmpty } == "q or Ctrl-C ends", "\(screen)")
    terminal.type("q")
    #expect(terminal.exitStatus == 1)
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test(
    "--watch without a daemon: the whole reason stands there once, however often it asks; Ctrl-C ends, and keys are shown again"
  )
  func noDaemon() throws {
    let terminal = try TerminalScreen(
      workplace, "read; \(watch); status=$?; stty -a | grep -o ' echo '; (exit $status)")
    terminal.record(to: "written")
    terminal.press("Enter")
    // Drawn three times.
    func drawings() -> Int {
      let text = (try? String(contentsOfFile: workplace.path("written"), encoding: .utf8)) ?? ""
      return text.components(separatedBy: "\u{1B}[H").count - 1
    }
    #expect(eventually { drawings() >= 3 }, "\(terminal.lines)")
    let screen = terminal.lines
    let text = screen.joined(separator: " ")
    #expect(text.components(separatedBy: "no socket at").count == 2, "\(screen)")
    #expect(text.contains("systemctl status fieldpost"), "\(screen)")
    #expect(text.contains("q or Ctrl-C ends"), "\(screen)")
    terminal.press("C-c")
    #expect(terminal.exitStatus == 2)
    #expect(terminal.shows(" echo"))
  }

  @Test("--watch in the background leaves the keys of the terminal to the shell, and goes on")
  func background() throws {
    let jobs = workplace.path("jobs")
    let terminal = try TerminalScreen(
      workplace, "set -m; \(watch) & read; jobs > \(jobs); kill %1; wait %1; stty -a | grep -o ' echo '; true")
    #expect(terminal.shows("again and again; Ctrl-C ends."), "\(terminal.lines)")
    terminal.press("Enter")
    #expect(terminal.exitStatus == 0)
    #expect(terminal.shows(" echo"), "\(terminal.lines)")
    let text = try String(contentsOfFile: jobs, encoding: .utf8)
    #expect(text.contains("Running"), "\(text)")
  }

  @Test("A terminal that cannot be redrawn gets no escape, in --watch too", arguments: ["dumb", ""])
  func dumb(_ kind: String) throws {
    let daemon = try daemon()
    #expect(eventually { FileManager.default.fileExists(atPath: socketPath) })
    let variable = kind.isEmpty ? "-u TERM" : "TERM=\(kind)"
    for command in [watch, watch.replacing(" --watch", with: "")] {
      let program = try Program("/usr/bin/script", ["-qefc", "exec env \(variable) \(command)", "/dev/null"])
      #expect(program.says("clock    "), "\(program.lines)")
      program.send(SIGTERM)
      _ = program.exitStatus()
      #expect(program.lines.allSatisfy { !$0.contains("\u{1B}") }, "\(program.lines)")
    }
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }
}
