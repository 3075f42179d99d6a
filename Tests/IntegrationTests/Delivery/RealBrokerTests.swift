import Foundation
import Testing

/// Brokers as people set them up, and what happens to a connection in their world. All with the real mosquitto.
@Suite("Real brokers")
struct RealBrokerTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func start(_ broker: Broker, uplink: String = "", sensors: String = Daemon.twoSensors) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: broker.url, uplink: "  retry_ceiling: 1s\n" + uplink, buffer: "  durable_after: 1s",
        sensors: sensors),
      options: ["--simulate"])
  }

  private func end(_ daemon: Program) async {
    daemon.send(SIGTERM)
    let hasEnded = await comes(within: .seconds(15)) { !daemon.isRunning }
    #expect(hasEnded, "\(daemon.lines)")
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
  }

  private func has(_ count: Int, _ readings: [Received]) -> Bool {
    ["a", "b"].allSatisfy { sensor in readings.contains { $0.sensor == sensor && $0.sequence >= count } }
  }

  @Test("The broker sees client id and user name with their placeholders filled in")
  func placeholders() async throws {
    let broker = try Broker(workplace)
    let names = "  client_id: \"gw-{device}\"\n  username: \"of-{device}\"\n"
    let daemon = try start(broker, uplink: names)
    #expect(await comes { broker.log.contains { $0.contains("as gw-testbench (") } }, "\(daemon.lines)")
    #expect(broker.log.contains { $0.contains("u'of-testbench'") }, "\(broker.log)")
    await end(daemon)
  }

  @Test("max_inflight_messages 1: one after the other, also with a backlog")
  func oneInFlight() async throws {
    let broker = try Broker(workplace, settings: "allow_anonymous true\nmax_inflight_messages 1")
    broker.stop()
    let daemon = try start(broker)
    #expect(await daemon.willSay("cannot connect"))
    // A backlog, and a subscriber before it arrives.
    #expect(await comes { workplace.hasOnDisk(8) }, "\(daemon.lines)")
    daemon.send(SIGSTOP)
    try broker.start()
    let subscriber = try Subscriber(port: broker.port)
    daemon.send(SIGCONT)
    #expect(await comes { has(10, subscriber.readings) }, "\(daemon.lines)")
    await end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("max_packet_size: a batch that is too large goes singly, in order, and nothing is set aside")
  func smallPackets() async throws {
    // Room for a state and for three readings.
    let broker = try Broker(workplace, settings: "allow_anonymous true\nmax_packet_size 800")
    broker.stop()
    let daemon = try start(broker, uplink: "  batch: {readings: 20}")
    #expect(await comes { workplace.hasOnDisk(12) }, "\(daemon.lines)")
    daemon.send(SIGSTOP)
    try broker.start()
    let subscriber = try Subscriber(port: broker.port)
    daemon.send(SIGCONT)
    #expect(await comes { has(9, subscriber.readings) }, "\(daemon.lines)")
    await end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
    #expect(subscriber.batches.allSatisfy { $0 <= 3 }, "\(subscriber.batches)")
    #expect(subscriber.messages.contains { $0.json["state"] as? String == "online" })
    #expect(!daemon.lines.contains { $0.contains("dead letter") }, "\(daemon.lines)")
  }

  @Test("An ACL denies one topic: the others flow, and when it is mended what was denied arrives, all of it")
  func deniedTopic() async throws {
    let rules = try workplace.write("topic readwrite #\ntopic deny fieldpost/testbench/a\n", to: "acl")
    let broker = try Broker(workplace, settings: "allow_anonymous true\nacl_file \(rules)")
    let before = try Subscriber(port: broker.port)
    let daemon = try start(broker)
    #expect(await comes { before.readings(of: "b").contains { $0.sequence >= 6 } }, "\(daemon.lines)")
    #expect(await daemon.willSay("its messages are kept"), "\(daemon.lines)")
    #expect(before.readings(of: "a").isEmpty)
    daemon.send(SIGSTOP)
    // Every message that the broker has accepted reaches the subscriber meanwhile.
    try await Task.sleep(for: .seconds(1))
    before.end()
    broker.stop()
    try workplace.write("topic readwrite #\n", to: "acl")
    try broker.start()
    let after = try Subscriber(port: broker.port)
    daemon.send(SIGCONT)
    #expect(
      await comes { after.readings(of: "a").contains { $0.sequence >= 10 } && has(10, after.readings) },
      "\(daemon.lines)")
    await end(daemon)
    let readings = before.readings + after.readings
    #expect(Story.missing(readings).isEmpty, "\(Story.missing(readings))")
    #expect(Audit(readings.filter { $0.sensor == "b" }).disorder.isEmpty)
    #expect(!daemon.lines.contains { $0.contains("dead letter") }, "\(daemon.lines)")
  }

  @Test("The client id is taken over by another: back on line, and no reading lost")
  func takenOver() async throws {
    let broker = try Broker(workplace)
    let subscriber = try Subscriber(port: broker.port)
    let daemon = try start(broker)
    #expect(await comes { has(2, subscriber.readings) }, "\(daemon.lines)")
    let other = try Program(
      "/usr/bin/mosquitto_sub", ["-p", "\(broker.port)", "-i", "testbench", "-t", "nothing", "-E"])
    #expect(other.exitStatus() == 0, "\(other.lines)")
    // Mosquitto says why (0x8E) only from 2.0.15 on (eclipse-mosquitto/mosquitto issue 2607).
    #expect(await daemon.willSay("connection lost"), "\(daemon.lines)")
    let count = subscriber.readings(of: "a").last?.sequence ?? 0
    #expect(await comes { has(count + 4, subscriber.readings) }, "\(daemon.lines)")
    await end(daemon)
    let audit = Audit(subscriber.readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.disorder.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
  }

  @Test("A subscriber with a persistent session that was away gets everything")
  func persistentSession() async throws {
    let broker = try Broker(workplace)
    let session = ["-c", "-i", "listener"]
    let before = try Subscriber(port: broker.port, options: session)
    let daemon = try start(broker)
    #expect(await comes { has(2, before.readings) }, "\(daemon.lines)")
    before.end()
    let last = before.readings(of: "a").last?.sequence ?? 0
    let witness = try Subscriber(port: broker.port)
    #expect(await comes { has(last + 5, witness.readings) }, "\(daemon.lines)")
    let after = try Subscriber(port: broker.port, options: session)
    #expect(await comes { has(last + 8, after.readings) }, "\(daemon.lines)")
    await end(daemon)
    let audit = Audit(before.readings + after.readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.disorder.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
  }

  @Test("More than 65,535 publications on one connection with a full window: each is acknowledged, once")
  func manyPublications() async throws {
    let count = 70_000
    try Backlog.fill(workplace, count)
    let broker = try Broker(
      workplace, settings: "allow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0")
    let subscriber = try Program(
      "/usr/bin/stdbuf",
      [
        "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", "\(broker.port)", "-q", "1", "-t", "fieldpost/+/old", "-d",
        "-F", "%t %p",
      ])
    #expect(await subscriber.willSay("Subscribed"))
    let daemon = try start(
      broker, uplink: "  in_flight: 1000\n  acknowledge_timeout: 60s",
      sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1h}")
    let last = "\"sequence\":\(count),"
    _ = await comes(within: .seconds(240)) { subscriber.lines.suffix(5).contains { $0.contains(last) } }
    let sequences = subscriber.lines.filter { $0.hasPrefix("fieldpost/") }.compactMap { line in
      line.firstRange(of: "\"sequence\":").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
    }
    #expect(sequences == Array(1...count), "\(sequences.count) of \(count); \(daemon.lines)")
    await end(daemon)
    #expect(daemon.lines.count { $0.contains(": connected") } == 1, "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains("connection lost") }, "\(daemon.lines)")
    let ledger = try Story.ledger(workplace)
    #expect(ledger.waiting == 0, "\(ledger)")
    #expect(ledger.taken >= count, "\(ledger)")
    #expect(ledger.acknowledged == ledger.taken, "\(ledger)")
  }
}
