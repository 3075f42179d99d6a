import Configuration
import Telemetry
import Testing

@testable import Gateway

@Suite("Commands")
struct CommandTests {
  private let reader = CommandReader(
    allowed: Set(CommandKind.allCases), sensors: ["hall": .seconds(1), "brine": .seconds(2)])

  private func read(_ text: String, _ reader: CommandReader? = nil) throws -> Command {
    try (reader ?? self.reader).command(in: Array(text.utf8))
  }

  @Test("Each command, with all that it can say")
  func commands() throws {
    #expect(try read(#"{"command":"status"}"#) == .status)
    #expect(try read(#"{"command":"read-now"}"#) == .readNow(sensor: nil))
    #expect(try read(#"{"command":"read-now","sensor":"hall"}"#) == .readNow(sensor: "hall"))
    #expect(try read(#"{"command":"log-level","level":"warning"}"#) == .logLevel(.warning))
    #expect(
      try read(#"{"command":"interval","sensor":"brine","every":"2s"}"#)
        == .interval(sensor: "brine", every: .seconds(2)))
    #expect(
      try read(#"{"command":"interval","sensor":"hall","every":"24h"}"#)
        == .interval(sensor: "hall", every: .seconds(86_400)))
  }

  @Test(
    "What is wrong with a command is told",
    arguments: [
      ("status", "not a command: { is missing, at byte 0"), ("{}", "\"command\" is missing"),
      (#"{"command":"reboot"}"#, "unknown command"),
      (#"{"command":"status","sensor":"hall"}"#, "unknown key \"sensor\""),
      (#"{"command":"read-now","sensor":"cellar"}"#, "no such sensor: cellar"),
      (#"{"command":"log-level"}"#, "\"level\" must be one of debug, info, notice, warning, error"),
      (#"{"command":"log-level","level":"loud"}"#, "\"level\" must be one of debug, info, notice, warning, error"),
      (#"{"command":"interval","every":"5s"}"#, "\"sensor\" is missing"),
      (#"{"command":"interval","sensor":"hall"}"#, "\"every\" is missing"),
      (#"{"command":"interval","sensor":"hall","every":"5"}"#, "\"every\": 5 has no unit; did you mean \"5s\"?"),
      (#"{"command":"interval","sensor":"brine","every":"1s"}"#, "\"every\" must be from 2.0 s to 1 d 0 h"),
      (#"{"command":"interval","sensor":"hall","every":"25h"}"#, "\"every\" must be from 1.0 s to 1 d 0 h"),
    ])
  func refused(_ text: String, _ reason: String) {
    do throws(CommandRefusal) {
      let command = try reader.command(in: Array(text.utf8))
      Issue.record("\(text) is read as \(command)")
    } catch {
      #expect(error.reason == reason)
    }
  }

  @Test("Only what the file allows is done", arguments: CommandKind.allCases)
  func allowed(_ kind: CommandKind) {
    let others = CommandReader(allowed: Set(CommandKind.allCases).subtracting([kind]), sensors: ["hall": .seconds(1)])
    #expect(throws: CommandRefusal(command: kind.rawValue, reason: "not allowed: see uplink.commands.allow")) {
      try read("{\"command\":\"\(kind.rawValue)\",\"level\":\"info\",\"sensor\":\"hall\",\"every\":\"5s\"}", others)
    }
  }

  @Test("Ten at once, then one a second")
  func pace() {
    var pace = CommandPace()
    let begin = Uptime(nanoseconds: 5_000_000_000)
    #expect((0..<15).count { _ in pace.admits(at: begin) } == 10)
    #expect((1...10).count { pace.admits(at: begin + .milliseconds(500 * $0)) } == 5)
    #expect((0..<15).count { _ in pace.admits(at: begin + .seconds(3_600)) } == 10)
  }
}
