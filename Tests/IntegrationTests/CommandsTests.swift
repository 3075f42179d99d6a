import Foundation
import Testing

/// Commands from upstream: mosquitto_pub asks, the daemon answers.
@Suite("Commands by message", .serialized)
struct CommandsTests {
  let workplace: Workplace
  let broker: Broker
  /// Everything that is published: topic, correlation data, payload.
  let listener: Program

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    listener = try Program(
      "/usr/bin/stdbuf",
      ["-oL", "mosquitto_sub", "-p", "\(broker.port)", "-V", "5", "-q", "1", "-t", "#", "-F", "%t|%D|%p", "-d"])
    try #require(listener.says("Subscribed"))
  }

  private static let all = "  commands: {allow: [read-now, status, log-level, interval]}"

  private func start(_ uplink: String = Self.all, device: String = "testbench", every: String = "1s") throws -> Program
  {
    let text = Daemon.configuration(
      workplace, broker: broker.url, uplink: uplink,
      sensors: Daemon.twoSensors.replacingOccurrences(of: "every: 1s", with: "every: \(every)")
    ).replacingOccurrences(of: "id: testbench", with: "id: \(device)")
      .replacingOccurrences(of: "/spool", with: "/spool-\(device)")
    let file = try workplace.write(text, to: "\(device).yaml")
    let daemon = try Program(programs + "/fieldpostd", ["--simulate", file])
    #expect(daemon.says("connected"), "\(daemon.lines)")
    return daemon
  }

  private func ask(_ payload: String, topic: String = "fieldpost/testbench/command", _ options: [String] = []) throws {
    let asking = try Program(
      "/usr/bin/mosquitto_pub",
      ["-p", "\(broker.port)", "-V", "5", "-q", "1", "-t", topic, "-m", payload] + options)
    #expect(asking.exitStatus() == 0, "\(asking.lines)")
  }

  private struct Answer {
    let correlation: String
    let json: [String: Any]
    var isOK: Bool { json["ok"] as? Bool ?? false }
  }

  private func answers(on topic: String = "fieldpost/testbench/response") -> [Answer] {
    listener.lines.compactMap { line in
      let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, parts[0] == topic else { return nil }
      let json = try? JSONSerialization.jsonObject(with: Data(parts[2].utf8)) as? [String: Any]
      return json.map { Answer(correlation: parts[1], json: $0) }
    }
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("read-now reads at once, answers with the values where it was asked to, and the readings arrive like others")
  func readNow() throws {
    let daemon = try start(every: "1h")
    let wanted = ["-D", "publish", "response-topic", "here/please", "-D", "publish", "correlation-data", "q1"]
    try ask(#"{"command":"read-now"}"#, wanted)
    #expect(eventually { !answers(on: "here/please").isEmpty }, "\(daemon.lines)")
    let answer = try #require(answers(on: "here/please").first)
    #expect(answer.isOK && answer.correlation == "q1" && answer.json["command"] as? String == "read-now")
    let sensors = try #require(answer.json["sensors"] as? [[String: Any]])
    #expect(sensors.compactMap { $0["sensor"] as? String }.sorted() == ["a", "b"])
    #expect(sensors.allSatisfy { $0["quantities"] != nil && $0["quality"] as? String == "good" })
    // One at the start, one for the command.
    #expect(eventually { listener.lines.filter { $0.hasPrefix("fieldpost/testbench/a|") }.count == 2 })
    try ask(#"{"command":"read-now","sensor":"b"}"#)
    #expect(eventually { answers().count == 1 })
    #expect((answers().first?.json["sensors"] as? [[String: Any]])?.count == 1)
    end(daemon)
  }

  @Test("status, log-level and interval do what they say")
  func others() throws {
    let daemon = try start(every: "1h")
    try ask(#"{"command":"status"}"#)
    #expect(eventually { answers().count == 1 })
    #expect(answers().first?.isOK == true && (answers().first?.json["buffer"] as? [String: Any])?["taken"] != nil)
    try ask(#"{"command":"log-level","level":"error"}"#)
    #expect(eventually { answers().count == 2 })
    try ask(#"{"command":"interval","sensor":"a","every":"1s"}"#)
    #expect(eventually { listener.lines.filter { $0.hasPrefix("fieldpost/testbench/a|") }.count >= 4 })
    #expect(answers().allSatisfy { $0.isOK }, "\(answers().map { $0.json })")
    // At `error` the notice of the third command is not written.
    #expect(daemon.lines.contains { $0.contains("command: log-level error") })
    #expect(!daemon.lines.contains { $0.contains("command: interval") })
    end(daemon)
  }

  @Test(
    "What is not right is answered and logged, and nothing is done",
    arguments: [
      ("{}", "is missing"), ("rubbish", "not a command"), (#"{"command":"reboot"}"#, "unknown command"),
      (#"{"command":"interval","sensor":"a","every":"1ms"}"#, "must be from"),
      (#"{"command":"read-now","sensor":"z"}"#, "no such sensor"),
      (#"{"command":"log-level","level":"x"}"#, "not allowed"),
      (String(repeating: "x", count: 5_000), "longer than 1024 bytes"),
    ])
  func refused(_ payload: String, _ reason: String) throws {
    let daemon = try start("  commands: {allow: [read-now, interval]}")
    try ask(payload)
    #expect(eventually { !answers().isEmpty }, "\(daemon.lines)")
    #expect(answers().first?.isOK == false)
    #expect((answers().first?.json["error"] as? String)?.contains(reason) == true, "\(answers().map { $0.json })")
    #expect(daemon.says("command: refused"))
    end(daemon)
  }

  @Test("A retained command is not carried out", arguments: ["5", "3.1.1"])
  func retained(_ version: String) throws {
    try ask(#"{"command":"status"}"#, ["-r"])
    let daemon = try start(Self.all + "\n  protocol: \(version)")
    if version == "3.1.1" { #expect(daemon.says("one that the broker had kept is ignored")) }
    try ask(#"{"command":"read-now"}"#)
    #expect(eventually { !answers().isEmpty })
    #expect(answers().allSatisfy { $0.json["command"] as? String == "read-now" })
    end(daemon)
  }

  @Test("Of a group of gateways one carries out each command")
  func shared() throws {
    let share = "  commands: {allow: [status], share: site-1}"
    let (one, other) = (try start(share, device: "one"), try start(share, device: "other"))
    for _ in 0..<8 { try ask(#"{"command":"status"}"#, topic: "fieldpost/command") }
    func all() -> [Answer] { answers(on: "fieldpost/one/response") + answers(on: "fieldpost/other/response") }
    #expect(eventually { all().count >= 8 }, "\(one.lines) \(other.lines)")
    // A question to one of them comes after all that was before.
    try ask(#"{"command":"status"}"#, topic: "fieldpost/one/command")
    #expect(eventually { all().count >= 9 })
    #expect(all().count == 9 && answers(on: "fieldpost/other/response").count >= 1)
    end(one)
    end(other)
  }

  @Test("Without commands in the file nothing is subscribed to")
  func none() throws {
    let daemon = try start("")
    try ask(#"{"command":"status"}"#)
    #expect(eventually { listener.lines.filter { $0.hasPrefix("fieldpost/testbench/a|") }.count >= 2 })
    #expect(answers().isEmpty && !broker.log.contains { $0.contains("Received SUBSCRIBE from testbench") })
    end(daemon)
  }
}
