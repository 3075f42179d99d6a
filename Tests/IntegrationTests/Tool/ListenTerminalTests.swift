import Foundation
import Testing

/// `fieldpost listen` as a technician sees it.
@Suite("Listening on a terminal", .serialized)
struct ListenTerminalTests {
  let workplace: Workplace
  let broker: Broker

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace, settings: "allow_anonymous true\nmax_queued_messages 0")
  }

  private var listen: String { "\(programs)/fieldpost listen --broker \(broker.url)" }

  @Test("The table counts exactly the sensors that it has no room for, and q ends it")
  func count() throws {
    let terminal = try TerminalScreen(workplace, listen)
    #expect(terminal.shows("subscribed to"))
    try publish((1...30).map { readingJSON(1, sensor: "probe-\($0)") }, to: broker, workplace)
    let state = #"{"device":"planted","state":"online","time":"2026-11-23T05:01:02.123Z","clock":"synced"}"#
    try publish([state], to: broker, topic: "fieldpost/planted/state", workplace)
    let screen = try #require(
      terminal.when { lines in
        guard let rest = lines.compactMap(hidden).first else { return false }
        return rows(lines) + rest == 30 && lines.contains { $0.hasPrefix("planted online") }
      }, "\(terminal.lines)")
    #expect(rows(screen) > 10, "\(screen)")
    #expect(screen[23] == "q or Ctrl-C ends", "\(screen)")
    terminal.type("q")
    #expect(terminal.exitStatus == 0)
  }

  private func hidden(_ line: String) -> Int? {
    guard line.hasPrefix("… "), line.hasSuffix(" more") else { return nil }
    return Int(line.dropFirst(2).dropLast(5))
  }

  private func rows(_ lines: [String]) -> Int { lines.count { $0.contains("probe-") } }

  @Test("With long names at 80 columns the quality stays, and the date goes")
  func quality() throws {
    let terminal = try TerminalScreen(workplace, listen)
    #expect(terminal.shows("subscribed to"))
    let name = "the-thermometer-behind-the-third-door"
    let line = readingJSON(1, sensor: name).replacingOccurrences(of: "\"good\"", with: "\"suspect\"")
      .replacingOccurrences(of: "\"planted\"", with: "\"gateway-in-the-cellar-of-house-seven\"")
    try publish([line], to: broker, workplace)
    let screen = try #require(terminal.when { $0.contains { $0.contains("05:01:02") } }, "\(terminal.lines)")
    #expect(screen[0].hasPrefix("DEVICE"), "\(screen)")
    #expect(screen[0].contains("QUALITY"), "\(screen)")
    #expect(screen[0].hasSuffix("GAPS"), "\(screen)")
    #expect(screen[1].contains("suspect"), "\(screen)")
    #expect(screen[1].contains("1.25 °C"), "\(screen)")
    #expect(!screen[1].contains("2026-11-23"))
    terminal.press("C-c")
    #expect(terminal.exitStatus == 0)
  }

  @Test("Without a broker there is no empty table, only why")
  func noBroker() throws {
    let terminal = try TerminalScreen(workplace, "\(programs)/fieldpost listen --broker mqtt://127.0.0.1:\(freePort())")
    #expect(terminal.exitStatus == 2)
    let screen = terminal.lines
    #expect(screen[0].hasPrefix("fieldpost: cannot connect to"), "\(screen)")
    #expect(!screen.contains { $0.contains("DEVICE") })
  }

  @Test("The audit's table fits a terminal of 80 columns, with names as long as they may be")
  func audit() throws {
    for name in ["freezer-1", String(repeating: "x", count: 64)] {
      let terminal = try TerminalScreen(workplace, "clear; \(listen) --audit --count 1")
      #expect(terminal.shows("subscribed to"))
      let line = readingJSON(1, sensor: name).replacingOccurrences(of: "planted", with: "coldstore-7")
      try publish([line], to: broker, workplace)
      #expect(terminal.exitStatus == 0)
      let screen = terminal.lines
      let head = try #require(screen.firstIndex { $0.hasPrefix("DEVICE") }, "\(screen)")
      #expect(screen[head].hasSuffix("UNORDERED"), "\(screen)")
      #expect(screen[head + 1].hasSuffix("0"), "\(screen)")
      #expect(screen[head + 1].contains(name.prefix(7)), "\(screen)")
      #expect(screen[head + 2].hasPrefix("verdict: good"), "\(screen)")
    }
  }

  @Test("A terminal that cannot be redrawn gets a line for each reading, and no escape")
  func dumb() throws {
    let program = try Program(
      "/usr/bin/script", ["-qefc", "exec env TERM=dumb LC_ALL=C.UTF-8 \(listen) --count 1", "/dev/null"])
    #expect(program.says("subscribed to"), "\(program.lines)")
    let line = readingJSON(1).replacingOccurrences(of: "\"synced\"", with: "\"unsynced\"")
    try publish([line], to: broker, workplace)
    #expect(program.exitStatus() == 0)
    #expect(program.lines.contains { $0.contains("(clock not set)  planted  hall  1.25 °C") }, "\(program.lines)")
    #expect(program.lines.allSatisfy { !$0.contains("\u{1B}") }, "\(program.lines)")
  }
}
