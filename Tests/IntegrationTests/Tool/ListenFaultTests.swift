import Foundation
import Testing

@Suite("fieldpost listen, when things go wrong", .serialized)
struct ListenFaultTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func run(_ options: [String]) throws -> (status: Int32?, lines: [String]) {
    let program = try Program(programs + "/fieldpost", ["listen"] + options)
    return (program.exitStatus(), program.lines)
  }

  @Test("No broker there: exit status 2, and one line that says where and why")
  func noBroker() throws {
    let port = try freePort()
    let (status, lines) = try run(["--broker", "mqtt://127.0.0.1:\(port)"])
    #expect(status == 2)
    #expect(lines.count == 1)
    #expect(
      lines.first?.contains("cannot connect to 127.0.0.1:\(port): connect: Connection refused") == true, "\(lines)")
  }

  @Test("A broker whose name nobody knows: exit status 2")
  func noName() throws {
    let (status, lines) = try run(["--broker", "mqtt://nobody.invalid"])
    #expect(status == 2)
    #expect(lines.first?.contains("name could not be looked up") == true, "\(lines)")
  }

  @Test(
    "A refused subscription: exit status 2 and the broker's reason",
    arguments: [
      (UInt8(0x87), "Not authorized"), (0x8F, "Topic filter invalid"), (0x9E, "Shared subscriptions not supp"),
    ])
  func refused(_ reason: UInt8, _ words: String) throws {
    let broker = try AnsweringBroker(reason)
    let (status, lines) = try run(["--broker", "mqtt://127.0.0.1:\(broker.port)", "--share", "crew"])
    #expect(status == 2)
    #expect(lines.first?.contains("refuses the subscription to $share/crew/fieldpost/#: ") == true, "\(lines)")
    #expect(lines.first?.lowercased().contains(words.lowercased()) == true, "\(lines)")
  }

  @Test("A wrong password: exit status 2, the broker's reason, and not the password; the right one is let in")
  func password() throws {
    let users = workplace.path("users")
    #expect(try Program("/usr/bin/mosquitto_passwd", ["-b", "-c", users, "field", "right"]).exitStatus() == 0)
    _ = chmod(users, 0o644)
    let broker = try Broker(workplace, settings: "allow_anonymous false\npassword_file \(users)")
    for (secret, expected) in [("entirely-wrong", Int32(2)), ("right", 0)] {
      let file = try workplace.write(secret + "\n", to: "password-\(secret)")
      _ = chmod(file, 0o600)
      let (status, lines) = try run([
        "--broker", broker.url, "--username", "field", "--password-file", file, "--idle", "100ms",
      ])
      #expect(status == expected, "\(lines)")
      #expect(!lines.contains { $0.contains(secret) })
      if expected == 2 { #expect(lines.first?.contains("Not authorized") == true, "\(lines)") }
    }
  }

  @Test(
    "TLS with the right authority, and 1,000 readings through it; with the system's, which do not know it, exit status 2"
  )
  func tls() throws {
    let authority = try Authority(workplace)
    let (server, client) = (try authority.server("server"), try authority.client("client"))
    let plain = try freePort()
    let broker = try Broker(
      workplace,
      settings: """
        cafile \(authority.certificate)
        certfile \(server.certificate)
        keyfile \(server.key)
        allow_anonymous true
        require_certificate true
        max_queued_messages 0
        listener \(plain) 127.0.0.1
        """)
    let url = "mqtts://127.0.0.1:\(broker.port)"
    let own = ["--certificate", client.certificate, "--key", client.key]
    let good = try Program(
      programs + "/fieldpost",
      ["listen", "--broker", url, "--ca", authority.certificate, "--audit", "--from-start", "--count", "1000"] + own)
    #expect(good.says("subscribed to"), "\(good.lines)")
    try publish((1...1_000).map { readingJSON($0) }, to: broker, port: plain, workplace)
    #expect(good.exitStatus() == 0, "\(good.lines)")
    #expect(good.lines.last?.contains("good: 1000 received, 0 repeated") == true, "\(good.lines)")
    let bad = try run(["--broker", url] + own)
    #expect(bad.status == 2)
    #expect(bad.lines.first?.contains("is from an unknown authority") == true, "\(bad.lines)")
  }

  @Test("The broker restarts while we listen: told once each, and it goes on", arguments: [SIGTERM, SIGKILL])
  func restart(_ signal: Int32) throws {
    let broker = try Broker(workplace)
    let listener = try ListenProgram(broker)
    try publish(1...3, to: broker, workplace)
    #expect(eventually { listener.sequences.count == 3 })
    if signal == SIGTERM { broker.stop() } else { broker.kill() }
    #expect(listener.program.says("connection lost: "))
    #expect(listener.program.says("goes on trying"))
    try broker.start()
    #expect(eventually { listener.program.lines.count { $0.contains("subscribed to") } == 2 })
    try publish(4...6, to: broker, workplace)
    #expect(eventually { listener.sequences == Array(1...6) })
    #expect(listener.program.lines.count { $0.contains("goes on trying") } == 1)
    #expect(listener.stop() == 0)
  }

  @Test("A broker that gives our session to another client: exit status 2, they do not throw each other out for ever")
  func takenOver() throws {
    let broker = try AnsweringBroker(1, then: [0xE0, 2, 0x8E, 0])
    let (status, lines) = try run(["--broker", "mqtt://127.0.0.1:\(broker.port)", "--client-id", "twin"])
    #expect(status == 2)
    #expect(lines.last == "fieldpost: another client has come with the client id twin", "\(lines)")
  }

  @Test("A broker that can do QoS 0 only is told of")
  func lowerQuality() throws {
    let broker = try AnsweringBroker(0)
    let (status, lines) = try run(["--broker", "mqtt://127.0.0.1:\(broker.port)", "--idle", "100ms"])
    #expect(status == 0)
    #expect(lines.first?.contains("the broker grants QoS 0 only") == true, "\(lines)")
  }

  @Test("Fewer messages than asked for in the time: exit status 1, and how many there were")
  func tooFew() throws {
    let broker = try Broker(workplace)
    let (status, lines) = try run(["--broker", broker.url, "--count", "5", "--for", "200ms"])
    #expect(status == 1)
    #expect(lines.last == "fieldpost: 0 messages came, of 5", "\(lines)")
  }

  @Test("Output that nobody takes any more: exit status 2")
  func brokenPipe() throws {
    let broker = try Broker(workplace)
    let program = try Program(
      "/bin/bash",
      [
        "-c",
        "set -o pipefail; '\(programs)/fieldpost' listen --broker \(broker.url) --format jsonl | head -1; echo ended $?",
      ])
    #expect(program.says("subscribed to"))
    try publish(1...2, to: broker, workplace)
    // The write that fails is one after head has gone.
    #expect(
      eventually {
        try? publish([3], to: broker, workplace)
        return program.lines.contains("ended 2")
      }, "\(program.lines)")
    #expect(program.says("Broken pipe"))
  }

  @Test(
    "Options that make no sense are refused, with what would make sense",
    arguments: [
      (["--persistent"], "--persistent needs --client-id"), (["--from-start"], "--from-start is for --audit"),
      (["--share", "a/b"], "none of / + #"), (["--share", ""], "not empty"),
      (["--topic", "a/#/b"], "not a topic filter"),
      (["--topic", ""], "not a topic filter"), (["--count", "0"], "must be 1 or more"),
      (["--share", "a", "--audit", "--from-start"], "sees only its share"), (["--for", "5"], "did you mean \"5s\"?"),
      (["--idle", "soon"], "a duration such as 10s"), (["--broker", "http://x"], "write mqtt:// or mqtts://"),
      (["--broker", "mqtt://a:secret@x"], "--username and --password-file"),
      (["--ca", "/x"], "for TLS write mqtts://"),
      (["--password-file", "/x"], "needs --username"),
      (["--config", "/x", "--broker", "mqtt://x"], "--config already says"),
      (["--broker", "mqtts://x", "--certificate", "/etc/hostname"], "belong together"),
      (
        ["--broker", "mqtts://x", "--certificate", "/etc/hostname", "--key", "/etc/hostname"],
        "mend it with: chmod o= /etc/hostname"
      ),
      (["--broker", "mqtts://x", "--ca", "/no/such"], "No such file"),
    ])
  func usage(_ options: [String], _ words: String) throws {
    let (status, lines) = try run(options)
    #expect(status == 64, "\(lines)")
    #expect(lines.contains { $0.contains(words) }, "\(lines)")
    #expect(!lines.contains { $0.contains("secret") })
  }

  @Test("With a configuration: its mistakes are exit status 78, and the gateway's own client id is refused")
  func configuration() throws {
    let broken = try workplace.write("device: {}\n", to: "broken.yaml")
    #expect(try run(["--config", broken]).status == 78)
    let text = Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: Daemon.twoSensors)
    let file = try workplace.write(text, to: "devices.yaml")
    let (status, lines) = try run(["--config", file, "--client-id", "testbench"])
    #expect(status == 64)
    #expect(lines.contains { $0.contains("would throw the gateway out") }, "\(lines)")
  }
}
