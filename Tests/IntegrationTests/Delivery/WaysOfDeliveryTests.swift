import Foundation
import Testing

/// The user's choices for the way upstream: batches, order, rate, several brokers, properties.
@Suite("Ways of delivery", .serialized)
struct WaysOfDeliveryTests {
  let workplace: Workplace
  let broker: Broker

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
  }

  private func start(_ uplink: String, url: String? = nil) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: url ?? broker.url, uplink: "  retry_ceiling: 1s\n" + uplink, buffer: "  durable_after: 1s",
        sensors: Daemon.twoSensors),
      options: ["--simulate"])
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  /// Readings wait on the disk; the daemon holds still until there is a broker, and somebody to count.
  private func backlog(_ uplink: String) throws -> (Program, Subscriber) {
    broker.stop()
    let daemon = try start(uplink)
    #expect(eventually(within: .seconds(60)) { workplace.hasOnDisk(12) }, "\(daemon.lines)")
    daemon.send(SIGSTOP)
    try broker.start()
    let subscriber = try Subscriber(port: broker.port)
    daemon.send(SIGCONT)
    return (daemon, subscriber)
  }

  @Test("Readings that are gathered arrive as arrays of one sensor, complete and in order")
  func batches() throws {
    let subscriber = try Subscriber(port: broker.port)
    let daemon = try start("  batch: {readings: 3, gather: 5s}")
    #expect(subscriber.waits { $0.filter { $0.sensor == "a" }.count >= 8 }, "\(daemon.lines)")
    end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
    #expect(subscriber.batches.allSatisfy { $0 <= 3 }, "\(subscriber.batches)")
    #expect(subscriber.batches.contains(3), "\(subscriber.batches)")
    #expect(subscriber.readings.allSatisfy { $0.topic == "fieldpost/testbench/\($0.sensor)" })
    #expect(subscriber.messages.contains { $0.topic == "fieldpost/testbench/event" })
  }

  @Test("A backlog goes in batches without being asked to wait, and nothing of it is lost")
  func batchedBacklog() throws {
    let (daemon, subscriber) = try backlog("  batch: {readings: 5}")
    #expect(subscriber.waits { $0.filter { $0.sensor == "b" }.count >= 8 }, "\(daemon.lines)")
    end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
    #expect(subscriber.batches.contains(5), "\(subscriber.batches)")
  }

  @Test("Newest first: what is new overtakes a backlog that goes slowly; each keeps its order, and nothing is lost")
  func newestFirst() throws {
    let (daemon, subscriber) = try backlog("  order: newest_first\n  rate: 4")
    // Two readings a second come, four go: the backlog is drained while new ones overtake it.
    #expect(
      subscriber.waits { received in
        let sequences = Set(received.filter { $0.sensor == "a" }.map(\.sequence))
        return sequences.isSuperset(of: 1...14)
      }, "\(daemon.lines)")
    end(daemon)
    let sequences = subscriber.readings(of: "a").map(\.sequence)
    let overtakers = sequences.indices.dropLast().filter { sequences[$0] > sequences[$0 + 1] }.count
    #expect(overtakers >= 2, "\(sequences)")
    #expect(
      Set(sequences).count == sequences.count && Set(sequences) == Set(1...(sequences.max() ?? 0)), "\(sequences)")
    // Without those that overtook, and those alone, the order is kept: two ascending sequences.
    #expect(isTwoAscending(sequences), "\(sequences)")
  }

  /// Greedy: what is above all so far belongs to the newer ones, unless it continues the older ones.
  private func isTwoAscending(_ sequences: [Int]) -> Bool {
    var (older, newer) = (0, 0)
    for sequence in sequences {
      if sequence == older + 1 {
        older = sequence
      } else if sequence > newer {
        newer = sequence
      } else if sequence > older {
        older = sequence
      } else {
        return false
      }
    }
    return true
  }

  @Test("Events go before readings that wait")
  func eventsFirst() throws {
    let (daemon, subscriber) = try backlog("  rate: 3")
    #expect(subscriber.waits { $0.filter { $0.json["quantities"] != nil }.count >= 4 }, "\(daemon.lines)")
    end(daemon)
    let first = subscriber.messages.filter { $0.topic != "fieldpost/testbench/state" }.prefix(1)
    #expect(first.first?.json["event"] as? String == "started", "\(first)")
  }

  @Test("Of two brokers the second is used while the first is dead, and the first again when it is back")
  func twoBrokers() throws {
    let other = try Broker(workplace)
    let subscriber = try Subscriber(port: other.port)
    let back = try Subscriber(port: broker.port)
    broker.stop()
    let daemon = try start("", url: "[\"\(broker.url)\", \"\(other.url)\"]")
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } }, "\(daemon.lines)")
    #expect(daemon.says("127.0.0.1:\(broker.port): cannot connect"))
    try broker.start()
    // The subscriber must be back before the daemon is.
    #expect(eventually { broker.log.contains { $0.contains("Received SUBSCRIBE") } }, "\(broker.log)")
    other.stop()
    #expect(back.waits { $0.filter { $0.sensor == "a" }.count >= 2 }, "\(daemon.lines)")
    end(daemon)
    let audit = Audit(subscriber.readings + back.readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
  }

  @Test("Identity, content type and expiry stand beside the payload when they are wanted")
  func properties() throws {
    let listener = try Program(
      "/usr/bin/stdbuf",
      [
        "-oL", "mosquitto_sub", "-p", "\(broker.port)", "-V", "5", "-t", "fieldpost/+/a", "-F", "%C|%E|%P|%p", "-d",
      ])
    #expect(listener.says("Subscribed"))
    let daemon = try start("  describe: true\n  message_expiry: 1d")
    #expect(listener.says("application/json|864"), "\(listener.lines) \(daemon.lines)")
    end(daemon)
    let line = try #require(listener.lines.first { $0.hasPrefix("application/json") })
    let parts = line.split(separator: "|").map(String.init)
    #expect(parts[2].contains("epoch:"), "\(line)")
    #expect(parts[2].contains("sequence:1"), "\(line)")
  }
}
