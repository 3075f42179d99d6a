import Messages
import Telemetry
import TestSupport
import Testing

@testable import Uplink

private let everything: Set<Command.Kind> = [.readNow, .status, .logLevel, .interval]

private func rules(_ allowed: Set<Command.Kind> = everything) -> CommandRules {
  CommandRules(
    allowed: allowed,
    intervals: [
      "hall": .seconds(1)...(.seconds(86_400)), "slow": .seconds(2)...(.seconds(86_400)),
    ])
}

private func command(_ text: String, _ allowed: Set<Command.Kind> = everything) throws -> Command {
  try Command(FlatObject(Array(text.utf8)), rules(allowed))
}

private func refusal(_ text: String, _ allowed: Set<Command.Kind> = everything) -> String? {
  do {
    _ = try command(text, allowed)
    return nil
  } catch { return "\(error)" }
}

@Suite("Commands that are refused")
struct CommandRefusalTests {
  @Test(
    "With a reason",
    arguments: [
      ("{}", "\"command\" is missing, or not a text"),
      ("{\"command\":7}", "\"command\" is missing, or not a text"),
      ("{\"command\":true}", "\"command\" is missing, or not a text"),
      ("{\"command\":\"\"}", "unknown command \"\""),
      ("{\"command\":\"reboot\"}", "unknown command \"reboot\""),
      ("{\"command\":\"Status\"}", "unknown command \"Status\""),
      ("{\"command\":\"status \"}", "unknown command \"status \""),
      ("{\"Command\":\"status\"}", "\"command\" is missing, or not a text"),
      ("{\"command\":\"status\",\"sensor\":\"hall\"}", "unknown member \"sensor\""),
      ("{\"command\":\"read-now\",\"sensors\":\"hall\"}", "unknown member \"sensors\""),
      ("{\"command\":\"read-now\",\"sensor\":\"cellar\"}", "unknown sensor \"cellar\""),
      ("{\"command\":\"read-now\",\"sensor\":\"\"}", "unknown sensor \"\""),
      ("{\"command\":\"read-now\",\"sensor\":1}", "\"sensor\" is missing, or not a text"),
      ("{\"command\":\"log-level\"}", "\"level\" is missing, or not a text"),
      ("{\"command\":\"log-level\",\"level\":7}", "\"level\" is missing, or not a text"),
      (
        "{\"command\":\"log-level\",\"level\":\"notice\"}",
        "unknown level \"notice\"; known are debug, info, warning, error"
      ),
      (
        "{\"command\":\"log-level\",\"level\":\"DEBUG\"}",
        "unknown level \"DEBUG\"; known are debug, info, warning, error"
      ),
      ("{\"command\":\"interval\",\"sensor\":\"hall\"}", "\"every\" is missing, or not a text"),
      ("{\"command\":\"interval\",\"every\":\"5s\"}", "\"sensor\" is missing, or not a text"),
      ("{\"command\":\"interval\",\"sensor\":\"cellar\",\"every\":\"5s\"}", "unknown sensor \"cellar\""),
    ])
  func reasons(_ text: String, _ reason: String) { #expect(refusal(text) == reason) }

  @Test(
    "An interval that is none",
    arguments: [
      "", "5", "s", "5 s", "5S", "5sec", "-5s", "+5s", "1.5s", "5s5", "٥s", "5\u{301}s", "99999999999999999999s",
      "9223372036854775807d",
    ])
  func notDuration(_ text: String) {
    let found = refusal("{\"command\":\"interval\",\"sensor\":\"hall\",\"every\":\"\(text)\"}")
    #expect(found?.hasSuffix("is not a duration such as 10s or 5m") == true, "\(found ?? "taken")")
  }

  @Test(
    "An interval below the chip's minimum or above a day",
    arguments: [
      ("hall", "0s", "1s"), ("hall", "999ms", "1s"), ("hall", "25h", "1s"), ("hall", "86400001ms", "1s"),
      ("hall", "9223372036854775807ms", "1s"), ("slow", "1s", "2s"), ("slow", "1999ms", "2s"),
    ])
  func outOfRange(_ sensor: String, _ every: String, _ least: String) {
    let found = refusal("{\"command\":\"interval\",\"sensor\":\"\(sensor)\",\"every\":\"\(every)\"}")
    #expect(found == "\(every) is out of range: \(least) to 1d")
  }

  @Test(
    "Not allowed, which is told before anything else of it", arguments: ["read-now", "status", "log-level", "interval"])
  func notAllowed(_ name: String) throws {
    let kind = try #require(Command.Kind(rawValue: name))
    #expect(
      refusal("{\"command\":\"\(name)\",\"x\":1}", everything.subtracting([kind])) == "\(name) is not allowed here")
    #expect(refusal("{\"command\":\"\(name)\",\"x\":1}", []) == "\(name) is not allowed here")
  }

  @Test("What others have written is shown short, and steers no terminal")
  func shown() throws {
    let found = try #require(refusal("{\"command\":\"\\u001b[31m\\n\\u202e\(String(repeating: "x", count: 900))\"}"))
    #expect(found.hasPrefix("unknown command \"?[31m??xxx"), "\(found)")
    #expect(found.hasSuffix("x…\""), "\(found)")
    #expect(found.count < 70, "\(found)")
  }
}

@Suite("Commands that are taken")
struct CommandTests {
  @Test("Each")
  func each() throws {
    #expect(try command("{\"command\":\"read-now\"}") == .readNow(sensor: nil))
    #expect(try command("{\"sensor\":\"hall\",\"command\":\"read-now\"}") == .readNow(sensor: "hall"))
    #expect(try command("{\"command\":\"status\"}", [.status]) == .status)
    for level in ["debug", "info", "warning", "error"] {
      let verbosity = try #require(Command.Verbosity(rawValue: level))
      #expect(try command("{\"command\":\"log-level\",\"level\":\"\(level)\"}") == .logLevel(verbosity))
    }
  }

  @Test(
    "Intervals in every unit, up to the limits",
    arguments: [
      ("1s", 1_000), ("1000ms", 1_000), ("1500ms", 1_500), ("5m", 300_000), ("24h", 86_400_000), ("1d", 86_400_000),
      ("007s", 7_000),
    ])
  func intervals(_ text: String, _ milliseconds: Int) throws {
    #expect(
      try command("{\"command\":\"interval\",\"sensor\":\"hall\",\"every\":\"\(text)\"}")
        == .interval(sensor: "hall", every: .milliseconds(milliseconds)))
  }
}

// MARK: The gate

private func message(
  _ text: String, wasKept: Bool = false, to address: String? = nil, objection: String? = nil,
  correlation: [UInt8]? = nil
) -> Incoming {
  let bytes = Array(text.utf8)
  return Incoming(
    place: "fp/box/command", size: bytes.count, payload: bytes.count <= Incoming.limit ? bytes : [],
    wasKept: wasKept, reply: .init(address: address, objection: objection, correlation: correlation))
}

private let status = "{\"command\":\"status\"}"
private let nobody = Incoming.Reply(address: nil, correlation: nil)

@Suite("The command gate")
struct CommandGateTests {
  private func at(_ milliseconds: Int64) -> Uptime { Uptime(nanoseconds: milliseconds * 1_000_000) }

  private func gate(_ allowed: Set<Command.Kind> = everything) -> CommandGate {
    CommandGate(rules(allowed), now: at(0))
  }

  @Test("A message that the broker has kept is left alone, and costs nothing of the rate")
  func kept() {
    var gate = gate()
    for _ in 0..<100 {
      #expect(gate.decide(message(status, wasKept: true), at: at(0)) == .ignore(.kept(place: "fp/box/command")))
    }
    #expect(gate.decide(message(status), at: at(0)) == .run(.status, nobody))
  }

  @Test("Ten at once, then one a second, refused ones included; the others are dropped unread")
  func rate() {
    var gate = gate()
    for index in 0..<10 {
      let decision = gate.decide(message(index % 2 == 0 ? status : "?"), at: at(0))
      #expect(decision != .ignore(.tooMany))
    }
    #expect(gate.decide(message(status), at: at(0)) == .ignore(.tooMany))
    #expect(gate.decide(message(status), at: at(999)) == .ignore(.tooMany))
    #expect(gate.decide(message(status), at: at(1_000)) == .run(.status, nobody))
    #expect(gate.decide(message(status), at: at(1_001)) == .ignore(.tooMany))
    // A long rest gives no more than the ten.
    let late = at(1_000_000)
    for _ in 0..<10 { #expect(gate.decide(message(status), at: late) == .run(.status, nobody)) }
    #expect(gate.decide(message(status), at: late) == .ignore(.tooMany))
  }

  @Test("Too large is told with its size, and not looked into")
  func tooLarge() {
    var gate = gate()
    let large = message("{\"command\":\"status\"" + String(repeating: " ", count: 2_000) + "}")
    #expect(gate.decide(large, at: at(0)) == .refuse(.tooLarge(bytes: 2_020), command: nil, nobody))
  }

  @Test("A reply that is too long has nobody to go to")
  func unanswerable() {
    var gate = gate()
    let bytes = Array(status.utf8)
    let long = Incoming(place: "t", size: bytes.count, payload: bytes, wasKept: false, reply: nil)
    #expect(gate.decide(long, at: at(0)) == .ignore(.unanswerable))
  }

  @Test("A refusal names the command if there was a name, and keeps the way back")
  func refused() {
    var gate = gate([.status])
    let reply = Incoming.Reply(address: "me", correlation: [1])
    let ask = { (text: String) in message(text, to: "me", correlation: [1]) }
    #expect(
      gate.decide(ask("{\"command\":\"interval\"}"), at: at(0))
        == .refuse(.notAllowed(.interval), command: "interval", reply))
    #expect(
      gate.decide(ask("{\"command\":\"x\"}"), at: at(0)) == .refuse(.unknown("x"), command: "x", reply))
    #expect(
      gate.decide(ask("{"), at: at(0))
        == .refuse(.malformed(MalformedObject("not a text", at: 1)), command: nil, reply))
    #expect(gate.decide(ask("{\"command\":1}"), at: at(0)) == .refuse(.missing("command"), command: nil, reply))
  }

  @Test("Nobody can make the gateway answer where it must not: the refusal goes to the usual place")
  func notThere() {
    var gate = gate()
    let elsewhere = Incoming.Reply(address: nil, correlation: [7])
    let asked = message(status, to: "x", objection: "not there", correlation: [7])
    #expect(gate.decide(asked, at: at(0)) == .refuse(.notThere("not there"), command: "status", elsewhere))
    // Nothing else that is wrong leads there.
    let worse = message("?", to: "x", objection: "not there", correlation: [7])
    guard case .refuse(_, _, let reply) = gate.decide(worse, at: at(0)) else {
      Issue.record("not refused")
      return
    }
    #expect(reply == elsewhere)
  }

  @Test("Any bytes are refused, or are a command", arguments: [1, 2] as [UInt64])
  func anyBytes(_ seed: UInt64) {
    var gate = gate()
    var generator = SeededRandom(seed: seed)
    for second in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      let foreign = Incoming(place: "t", size: bytes.count, payload: bytes, wasKept: false, reply: nobody)
      switch gate.decide(foreign, at: at(Int64(second) * 1_000)) {
      case .refuse: break
      case let other: Issue.record("seed \(seed), \(bytes): \(other)")
      }
    }
  }

  @Test("Answers have tokens of their own, at most twenty on their way, and none after the connection")
  func answers() throws {
    var gate = gate()
    let tokens = (0..<20).compactMap { _ in gate.nextAnswer() }
    #expect(Set(tokens).count == 20)
    #expect(gate.nextAnswer() == nil)
    #expect(gate.answered(.records(1)) == false)
    #expect(gate.answered(tokens[3]) == true)
    #expect(gate.answered(tokens[3]) == false)
    let another = gate.nextAnswer()
    let next = try #require(another)
    #expect(!tokens.contains(next))
    gate.connectionLost()
    #expect(gate.answered(next) == false)
    #expect(gate.nextAnswer() != nil)
  }
}

@Suite("Answers to commands")
struct CommandAnswerTests {
  private let encoder = JSONFormat(device: "box")

  private func text(_ result: CommandResult) -> String {
    let message = encoder.answer(result, to: nobody)
    #expect(message.address == .answer(to: nil))
    #expect(message.correlation == nil)
    return String(decoding: message.payload, as: UTF8.self)
  }

  @Test("Values and faults of sensors; one fault makes it not ok")
  func read() {
    let good = CommandResult.SensorAnswer(
      sensor: "a", outcome: .values([.temperature(Temperature(millicelsius: -5_500)), .contact(true)], .good))
    let bad = CommandResult.SensorAnswer(sensor: "b", outcome: .fault("no \"answer\""))
    #expect(
      text(.read([good]))
        == #"{"device":"box","command":"read-now","ok":true,"readings":[{"sensor":"a","quantities":{"#
        + #""temperature":{"value":-5.5,"unit":"°C"},"contact":{"value":true}},"quality":"good"}]}"#)
    #expect(
      text(.read([bad]))
        == #"{"device":"box","command":"read-now","ok":false,"error":"1 of 1 could not be read","#
        + #""readings":[{"sensor":"b","fault":"no \"answer\""}]}"#)
    #expect(text(.read([good, bad])).contains(#""ok":false,"error":"1 of 2 could not be read""#))
  }

  @Test("What was changed, and until when")
  func changed() {
    #expect(
      text(.interval(sensor: "a", every: .milliseconds(90_000)))
        == #"{"device":"box","command":"interval","ok":true,"sensor":"a","every":"90s","until":"restart"}"#)
    #expect(
      text(.logLevel(.debug)) == #"{"device":"box","command":"log-level","ok":true,"level":"debug","until":"restart"}"#)
    #expect(
      text(.failed(.readNow, reason: "busy")) == #"{"device":"box","command":"read-now","ok":false,"error":"busy"}"#)
  }

  @Test("The status is the state as it is published")
  func status() throws {
    let now = Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 1_800_000_000_000_000_000),
      synced: true)
    var report = StateReport()
    report.epoch = 7
    let published = MessageEncoder(encoder).state(online: true, at: now, report: report)
    #expect(
      text(.status(report, at: now))
        == #"{"device":"box","command":"status","ok":true,"state":"#
        + String(decoding: published.payload, as: UTF8.self) + "}")
  }

  @Test("The answer goes where the command says, with what came with it; a refusal too")
  func reply() {
    let reply = Incoming.Reply(address: "me", correlation: [0, 255])
    let answer = encoder.answer(.logLevel(.info), to: reply)
    #expect(answer.address == .answer(to: "me"))
    #expect(answer.correlation == [0, 255])
    let refusal = encoder.refusal(.unknown("\n"), command: "\n", to: reply)
    #expect(refusal.address == .answer(to: "me"))
    #expect(refusal.correlation == [0, 255])
    #expect(
      String(decoding: refusal.payload, as: UTF8.self)
        == #"{"device":"box","command":"\u000a","ok":false,"error":"unknown command \"?\""}"#)
    let nameless = encoder.refusal(.tooLarge(bytes: 9_999), command: nil, to: nobody)
    #expect(
      String(decoding: nameless.payload, as: UTF8.self)
        == #"{"device":"box","command":null,"ok":false,"error":"too large: 9999 bytes, the limit is 1024"}"#)
  }
}
