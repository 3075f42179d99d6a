import Foundation
import Testing

/// Remote commands, with a real broker and the tools of mosquitto.
@Suite("Remote commands")
struct CommandTests {
  let workplace: Workplace
  let broker: Broker

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
  }

  private static let everything =
    "  commands: {allow: [read-now, status, log-level, interval], response_topics: [answers/#]}"
  /// A sensor that is read every second, and one that is read once.
  private static let sensors = """
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s}
      - {id: b, driver: sht3x, bus: i2c-2, address: 0x44, every: 1h}
    """

  private func start(
    _ uplink: String = everything, options: [String] = ["--simulate"], listens: Bool = true
  ) async throws -> Program {
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: broker.url, uplink: "  retry_ceiling: 1s\n" + uplink, buffer: "  durable_after: 1s",
        sensors: Self.sensors),
      options: options)
    if listens { try await awaitListening(daemon) }
    return daemon
  }

  private func awaitListening(_ daemon: Program) async throws {
    let isListening = await daemon.willSay("commands: listening at fieldpost/testbench/command")
    try #require(isListening, "\(daemon.lines)")
  }

  private func end(_ daemon: Program) async {
    daemon.send(SIGTERM)
    let hasEnded = await comes(within: .seconds(15)) { !daemon.isRunning }
    #expect(hasEnded, "\(daemon.lines)")
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
  }

  @Test("read-now reads at once; what is read travels as a reading too, and the others keep their slots")
  func readNow() async throws {
    let subscriber = try Subscriber(port: broker.port)
    let asker = try Asker(broker)
    let daemon = try await start()
    #expect(await comes { subscriber.readings(of: "b").count == 1 }, "\(daemon.lines)")
    let one = try await asker.answer(to: #"{"command":"read-now","sensor":"b"}"#)
    #expect(one.isOK == true, "\(one)")
    #expect(one.device == "testbench", "\(one)")
    #expect(one.command == "read-now", "\(one)")
    #expect(one.error == nil, "\(one)")
    #expect(one.readings.map { $0["sensor"] as? String } == ["b"])
    let quantities = one.readings.first?["quantities"] as? [String: [String: Any]]
    let temperature = try #require(quantities?["temperature"]?["value"] as? Double, "\(one)")
    #expect(quantities?["temperature"]?["unit"] as? String == "°C", "\(one)")
    #expect(quantities?["humidity"] != nil, "\(one)")
    #expect(await comes { subscriber.readings(of: "b").count == 2 }, "\(daemon.lines)")
    #expect(subscriber.readings(of: "b").last?.value() == temperature)
    let all = try await asker.answer(to: #"{"command":"read-now"}"#)
    #expect(all.isOK == true, "\(all)")
    #expect(all.readings.map { $0["sensor"] as? String } == ["a", "b"], "\(all)")
    #expect(await comes { subscriber.readings(of: "a").count >= 6 && subscriber.readings(of: "b").count == 3 })
    await end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("read-now of sensors that are not there tells the fault of each")
  func readNowFaults() async throws {
    let asker = try Asker(broker)
    let daemon = try await start(options: ["--root", workplace.path("nothing")])
    let all = try await asker.answer(to: #"{"command":"read-now"}"#)
    #expect(all.isOK == false, "\(all)")
    #expect(all.error == "2 of 2 could not be read", "\(all)")
    #expect(all.readings.allSatisfy { ($0["fault"] as? String)?.contains("/dev/i2c-") == true }, "\(all)")
    await end(daemon)
  }

  @Test("status answers what the retained state says")
  func status() async throws {
    let asker = try Asker(broker)
    let daemon = try await start()
    let answer = try await asker.answer(to: #"{"command":"status"}"#)
    #expect(answer.isOK == true, "\(answer)")
    #expect(answer.command == "status", "\(answer)")
    let published = try #require(asker.messages.first { $0.topic == "fieldpost/testbench/state" }?.json)
    let state = try #require(answer.json["state"] as? [String: Any])
    #expect(Set(state.keys) == Set(published.keys), "\(state)")
    #expect(state["state"] as? String == "online", "\(state)")
    let (now, then) = (state["buffer"] as? [String: Any], published["buffer"] as? [String: Any])
    // It is known after a while only.
    let late: Set = ["hours_left"]
    #expect(
      now.map { Set($0.keys).subtracting(late) } == then.map { Set($0.keys).subtracting(late) },
      "\(state)")
    #expect(
      now != nil,
      "\(state)")
    await end(daemon)
  }

  @Test("log-level holds until it is changed again")
  func logLevel() async throws {
    let asker = try Asker(broker)
    let daemon = try await start()
    let quiet = try await asker.answer(to: #"{"command":"log-level","level":"error"}"#)
    #expect(quiet.isOK == true, "\(quiet)")
    #expect(quiet.json["level"] as? String == "error", "\(quiet)")
    #expect(quiet.json["until"] as? String == "restart")
    #expect(try await asker.answer(to: "first").isOK == false)
    let loud = try await asker.answer(to: #"{"command":"log-level","level":"debug"}"#)
    #expect(loud.isOK == true, "\(loud)")
    #expect(try await asker.answer(to: #"{"command":"second"}"#).isOK == false)
    #expect(await daemon.willSay("unknown command \"second\""))
    #expect(!daemon.lines.contains { $0.contains("malformed") }, "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains("next attempt") }, "\(daemon.lines)")
    broker.stop()
    #expect(await daemon.willSay("uplink: next attempt in"), "\(daemon.lines)")
    await end(daemon)
  }

  @Test("interval holds at once, within its bounds, and until the restart")
  func interval() async throws {
    let subscriber = try Subscriber(port: broker.port)
    let asker = try Asker(broker)
    let daemon = try await start()
    for every in ["500ms", "25h", "0s"] {
      let refused = try await asker.answer(to: #"{"command":"interval","sensor":"b","every":"\#(every)"}"#)
      #expect(refused.isOK == false, "\(refused)")
      #expect(refused.error == "\(every) is out of range: 1s to 1d", "\(refused)")
    }
    #expect(await comes { subscriber.readings(of: "a").count >= 3 })
    #expect(subscriber.readings(of: "b").count == 1)
    let answer = try await asker.answer(to: #"{"command":"interval","sensor":"b","every":"1s"}"#)
    #expect(answer.isOK == true, "\(answer)")
    #expect(answer.json["every"] as? String == "1s", "\(answer)")
    #expect(answer.json["sensor"] as? String == "b", "\(answer)")
    #expect(answer.json["until"] as? String == "restart", "\(answer)")
    #expect(await comes { subscriber.readings(of: "b").count >= 4 }, "\(daemon.lines)")
    await end(daemon)
    let again = try await start()
    #expect(await comes { subscriber.readings(of: "a").ofStart(2).count >= 4 }, "\(again.lines)")
    #expect(subscriber.readings(of: "b").ofStart(2).count == 1)
    await end(again)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("What cannot be done is answered with the reason, where all answers go that were not asked elsewhere")
  func refused() async throws {
    let asker = try Asker(broker)
    let daemon = try await start("  commands: {allow: [status, read-now], response_topics: [answers/#]}")
    let wrong: [(payload: String, error: String)] = [
      (#"{"command":"interval","sensor":"a","every":"5s"}"#, "interval is not allowed here"),
      (#"{"command":"log-level","level":"debug"}"#, "log-level is not allowed here"),
      (#"{"command":"reboot"}"#, "unknown command \"reboot\""),
      (#"{"command":"read-now","sensor":"c"}"#, "unknown sensor \"c\""),
      (#"{"command":"status""#, "malformed: neither a comma nor the end behind a value (byte 19)"),
      (#"{"command":["status"]}"#, "malformed: nesting (byte 11)"),
      ("\u{1F4A9}", "malformed: not a JSON object (byte 0)"),
      (String(repeating: "x", count: 60_000), "too large: 60000 bytes, the limit is 1024"),
    ]
    for (index, (payload, error)) in wrong.enumerated() {
      try asker.ask(payload)
      #expect(await comes(within: .seconds(20)) { asker.answers.count == index + 1 }, "\(payload.prefix(80))")
      let answer = try #require(asker.answers.last)
      #expect(answer.topic == "fieldpost/testbench/response", "\(answer)")
      #expect(answer.correlation.isEmpty, "\(answer)")
      #expect(answer.isOK == false, "\(answer)")
      #expect(answer.error == error, "\(answer)")
      #expect(await daemon.willSay("commands: refused: \(error)"), "\(daemon.lines)")
    }
    let own = "fieldpost/testbench/state"
    try asker.ask(#"{"command":"status"}"#, replyTo: own, correlation: "x")
    #expect(await comes { asker.answers.contains { $0.correlation == "x" } })
    #expect(asker.answers.last?.topic == "fieldpost/testbench/response")
    #expect(asker.answers.last?.isOK == false)
    // So large that the broker is asked to drop it.
    try asker.ask(String(repeating: "x", count: 100_000))
    #expect(try await asker.answer(to: #"{"command":"status"}"#).isOK == true)
    await end(daemon)
    #expect(!daemon.lines.contains { $0.contains("100000") }, "\(daemon.lines)")
    #expect(asker.answers.count == wrong.count + 2)
  }

  @Test("Beyond the rate commands are dropped, with a line in the log; the next second has its own")
  func rate() async throws {
    let asker = try Asker(broker)
    let daemon = try await start("  commands: {allow: [status], response_topics: [answers/#]}")
    // Lines of one file, so that they come at once.
    let lines = try workplace.write(String(repeating: #"{"command":"status"}"# + "\n", count: 40), to: "lines")
    let publisher = try Program(
      "/bin/sh",
      ["-c", "mosquitto_pub -p \(broker.port) -q 1 -t fieldpost/testbench/command -l < '\(lines)'"])
    #expect(publisher.exitStatus() == 0, "\(publisher.lines)")
    #expect(await daemon.willSay("commands: dropped: more than one a second"), "\(daemon.lines)")
    #expect(await comes { asker.answers.count >= 10 })
    var answer: Asker.Answer?
    // Until a second has passed.
    for _ in 0..<50 where answer == nil {
      try asker.ask(#"{"command":"status"}"#, correlation: "later")
      _ = await comes(within: .milliseconds(300)) { asker.answers.contains { $0.correlation == "later" } }
      answer = asker.answers.first { $0.correlation == "later" }
    }
    #expect(answer?.isOK == true)
    await end(daemon)
    #expect(asker.answers.count { $0.correlation.isEmpty } < 35, "\(asker.answers.count)")
  }

  @Test("A retained command is left alone, at every connection")
  func retained() async throws {
    let asker = try Asker(broker)
    try asker.ask(#"{"command":"status"}"#, correlation: "old", options: ["-r"])
    let daemon = try await start()
    #expect(await daemon.willSay("commands: ignored at fieldpost/testbench/command: a retained"), "\(daemon.lines)")
    #expect(try await asker.answer(to: #"{"command":"status"}"#).isOK == true)
    #expect(!asker.answers.contains { $0.correlation == "old" })
    await end(daemon)
  }

  @Test("After the broker was away commands are taken again")
  func brokerAway() async throws {
    let daemon = try await start()
    broker.kill()
    #expect(await daemon.willSay("connection lost"), "\(daemon.lines)")
    try broker.start()
    let asker = try Asker(broker)
    #expect(await comes { broker.log.contains { $0.contains("fieldpost/testbench/command (QoS 1)") } }, "\(broker.log)")
    #expect(try await asker.answer(to: #"{"command":"status"}"#).isOK == true)
    await end(daemon)
  }

  @Test("A command that comes while the gateway is away is not carried out later")
  func gatewayAway() async throws {
    let asker = try Asker(broker)
    await end(try await start())
    try asker.ask(#"{"command":"status"}"#, correlation: "missed")
    let daemon = try await start()
    #expect(try await asker.answer(to: #"{"command":"status"}"#).isOK == true)
    #expect(!asker.answers.contains { $0.correlation == "missed" })
    await end(daemon)
  }

  @Test("With MQTT 3.1.1 the answer goes where all answers go")
  func older() async throws {
    let asker = try Asker(broker)
    let daemon = try await start("  protocol: 3.1.1\n" + Self.everything)
    try asker.ask(#"{"command":"read-now","sensor":"a"}"#, replyTo: "elsewhere", correlation: "x")
    #expect(await comes { !asker.answers.isEmpty })
    #expect(asker.answers.first?.topic == "fieldpost/testbench/response")
    #expect(asker.answers.first?.isOK == true)
    #expect(asker.answers.first?.correlation == "")
    await end(daemon)
  }

  @Test("Of two gateways in a group each command is carried out by one")
  func shared() async throws {
    let asker = try Asker(broker)
    let daemons = try ["one", "two"].map { name in
      let place = try Workplace()
      let configuration = Daemon.configuration(
        place, broker: broker.url, uplink: "  commands: {allow: [status], share: site, response_topics: [answers/#]}",
        sensors: Self.sensors
      ).replacingOccurrences(of: "testbench", with: name)
      return (place: place, program: try Daemon.start(place, configuration: configuration, options: ["--simulate"]))
    }
    for (_, daemon) in daemons {
      #expect(await daemon.willSay("commands: listening at $share/site/fieldpost/command"), "\(daemon.lines)")
    }
    for index in 0..<8 {
      try asker.ask(#"{"command":"status"}"#, at: "fieldpost/command", replyTo: "answers", correlation: "\(index)")
    }
    #expect(await comes { asker.answers.count >= 8 }, "\(asker.answers)")
    // Each at its own topic too, after which nothing can come of the eight any more.
    for name in ["one", "two"] {
      let own = try await asker.answer(to: #"{"command":"status"}"#, at: "fieldpost/\(name)/command")
      #expect(own.device == name)
    }
    let answers = asker.answers.filter { $0.topic == "answers" }
    #expect(answers.map(\.correlation).sorted() == (0..<8).map(String.init), "\(answers)")
    #expect(Set(answers.compactMap(\.device)) == ["one", "two"], "\(answers)")
    for (_, daemon) in daemons { await end(daemon) }
  }

  @Test("Where no command is allowed nothing is subscribed to, and nobody is answered")
  func absent() async throws {
    let asker = try Asker(broker)
    let subscriber = try Subscriber(port: broker.port)
    let daemon = try await start("", listens: false)
    #expect(await comes { !subscriber.readings(of: "a").isEmpty }, "\(daemon.lines)")
    try asker.ask(#"{"command":"status"}"#)
    #expect(await comes { subscriber.readings(of: "a").count >= 3 })
    await end(daemon)
    #expect(asker.answers.isEmpty)
    #expect(!broker.log.contains { $0.contains("Received SUBSCRIBE from testbench") }, "\(broker.log)")
    #expect(!daemon.lines.contains { $0.contains("commands") }, "\(daemon.lines)")
  }
}
