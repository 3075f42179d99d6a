import Foundation
import Testing

/// Brokers that want something to be kept to, that answer in unusual ways, and that refuse single messages for good.
@Suite("Brokers with limits")
struct FakeBrokerLimitsTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  /// Every connection is treated alike, and goes well.
  private func goesWell(_ manners: Manners, uplink: String = "") async throws -> Story {
    let story = try Story(workplace, try FakeBroker { _ in manners }, uplink: uplink)
    #expect(await story.sees { _ in story.hasAccepted(6) && story.isComplete }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.missing.isEmpty, "\(story)")
    #expect(Audit(story.accepted).disorder.isEmpty, "\(Audit(story.accepted))")
    #expect(story.broker.journal.violations.isEmpty, "\(story.broker.journal.violations)")
    return story
  }

  private func limited(_ properties: Manners.Property...) -> Manners { Misbehaviour.welcome(.accept(properties)) }

  @Test("PUBACK 0x10, nobody has subscribed, is a success", arguments: [1, 2])
  func noSubscriber(_ qos: Int) async throws {
    var manners = Manners()
    manners.answer = { _ in 0x10 }
    let story = try await goesWell(manners, uplink: "  qos: \(qos)")
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.offered).isPerfect, "\(story)")
    #expect(!story.daemon.lines.contains { $0.contains("refused") }, "\(story.daemon.lines)")
  }

  @Test("A broker whose bytes come one by one", arguments: ["5", "3.1.1"])
  func dribbles(_ version: String) async throws {
    var manners = Manners()
    manners.dribbles = true
    let story = try await goesWell(manners, uplink: "  protocol: \(version)\n  qos: 2")
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
  }

  @Test("PUBACK twice, and for a message that was never sent")
  func foreignAnswers() async throws {
    var manners = Manners()
    manners.afterAnswer = { publication in
      // The one before was answered too; a broker that answers what is still on its way would lie, and be believed.
      let id = publication.id
      let answers: [[UInt8]] = [id, id - 1, 65_535].filter { $0 > 0 }.map { (id: UInt16) in
        Packet.encode(.puback, [UInt8(id >> 8), UInt8(id & 0xFF)])
      }
      return Array(answers.joined())
    }
    let story = try await goesWell(manners)
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
  }

  @Test("No more than the receive maximum is on its way", arguments: [1, 2, 3] as [UInt16])
  func receiveMaximum(_ maximum: UInt16) async throws {
    var manners = limited(.receiveMaximum(maximum))
    manners.answersLate = true
    let story = try await goesWell(manners)
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
  }

  @Test(
    "The quality of service is the one that the broker can do, also for the last will",
    arguments: [(2, 1), (2, 0), (1, 0), (1, 1)])
  func maximumQoS(_ wanted: Int, _ maximum: UInt8) async throws {
    let story = try await goesWell(limited(.maximumQoS(maximum)), uplink: "  qos: \(wanted)")
    #expect(story.broker.journal.accepted.allSatisfy { $0.qos == maximum })
    #expect(story.daemon.lines.contains { $0.contains("takes QoS 0 only") } == (maximum == 0), "\(story.daemon.lines)")
  }

  @Test("Nothing is retained where nothing can be, and neither is the last will")
  func retainAvailable() async throws {
    let story = try await goesWell(limited(.retainAvailable(0)))
    #expect(story.broker.journal.offered.contains { $0.topic.hasSuffix("/state") })
  }

  @Test("A batch that is too large for the broker goes in pieces, in order")
  func batchTooLarge() async throws {
    // Refused until there is a backlog of a batch that is too large, and one that is not.
    let manners = limited(.maximumPacketSize(900))
    let begin = Date()
    let broker = try FakeBroker { _ in
      Date().timeIntervalSince(begin) < 7 ? Misbehaviour.welcome(.refuse(0x88)) : manners
    }
    let story = try Story(workplace, broker, uplink: "  batch: {readings: 5}")
    #expect(await story.sees { _ in story.hasAccepted(9) && story.isComplete }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(Audit(story.accepted).isPerfect, "\(Audit(story.accepted))")
    #expect(broker.journal.violations.isEmpty, "\(broker.journal.violations)")
    #expect(!story.daemon.lines.contains { $0.contains("dead letter") }, "\(story.daemon.lines)")
  }

  @Test("The broker's keep-alive is kept to when there is nothing to say, whatever the file says")
  func serverKeepAlive() async throws {
    let broker = try FakeBroker { _ in self.limited(.serverKeepAlive(4)) }
    let story = try Story(
      workplace, broker, uplink: "  keep_alive: 60s",
      sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1m}")
    #expect(await story.sees { $0.pings >= 2 || !$0.violations.isEmpty }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.violations.isEmpty, "\(story) \(story.daemon.lines)")
    #expect(broker.journal.connections == 1, "\(story) \(story.daemon.lines)")
  }

  @Test("A ping that is not answered means that the broker is gone")
  func noPingResponse() async throws {
    var mute = Manners()
    mute.answersPings = false
    let bad = mute
    let broker = try FakeBroker { $0 == 1 ? bad : Manners() }
    let story = try Story(
      workplace, broker, uplink: "  keep_alive: 5s",
      sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1m}")
    #expect(await story.sees { $0.connections >= 2 && $0.pings >= 2 }, "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("no answer to a ping", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.violations.isEmpty, "\(story)")
    #expect(broker.journal.connections == 2, "\(story)")
  }

  @Test("A broker that knows only 3.1.1 is spoken to in that", arguments: [nil, 0x84] as [UInt8?])
  func olderBroker(_ reason: UInt8?) async throws {
    let broker = try FakeBroker { connection in
      guard let reason, connection == 1 else { return Misbehaviour.welcome(.refuseVersion) }
      return Misbehaviour.welcome(.refuse(reason))
    }
    let story = try Story(workplace, broker)
    #expect(await story.sees { _ in story.hasAccepted(4) && story.isComplete }, "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("3.1.1 for the next hour", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.levels == [5, 4], "\(broker.journal.levels)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
    #expect(broker.journal.violations.isEmpty, "\(story)")
  }

  @Test(
    "What the broker will never take is set aside and told as a gap, and stops nothing",
    arguments: [(0x90, 1), (0x99, 1), (0x90, 2)] as [(UInt8, Int)])
  func neverTaken(_ reason: UInt8, _ qos: Int) async throws {
    var manners = Manners()
    manners.answer = { $0.isReading && $0.sensor == "a" && 2...3 ~= $0.sequence ? reason : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad }, uplink: "  qos: \(qos)")
    let poison: Set = ["a 2", "a 3"]
    #expect(
      await story.sees { _ in
        story.hasAccepted(6) && Set(story.missing.withoutEpochs) == poison
          && Set(story.gaps("rejected").withoutEpochs) == poison
      }, "\(story) \(story.events.map(\.json)) \(story.daemon.lines)")
    await story.end()
    #expect(story.gaps("rejected").withoutEpochs.sorted() == poison.sorted(), "\(story.events.map(\.json))")
    #expect(Audit(story.accepted).disorder.isEmpty, "\(story)")
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(story.daemon.lines.contains { $0.contains("(reason 0x\(String(reason, radix: 16)))") })
    let file = try String(contentsOfFile: workplace.path("spool/dead-letters.jsonl"), encoding: .utf8)
    let lines = try file.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.allSatisfy { $0["reason"] as? Int == Int(reason) })
    let messages = lines.compactMap { $0["message"] as? [String: Any] }
    #expect(messages.compactMap { $0["sequence"] as? Int } == [2, 3], "\(file)")
    // They are no more in the spool; a reading that came while the daemon was stopping may be.
    let ledger = try Story.ledger(workplace)
    #expect(ledger.evicted == 2, "\(ledger)")
    #expect(ledger.waiting <= 2, "\(ledger)")
  }

  @Test("Of a batch that is refused for one reading, that one alone is set aside", arguments: [0x90, 0x99] as [UInt8])
  func poisonInBatch(_ reason: UInt8) async throws {
    var manners = Manners()
    manners.answer = { $0.identities.withoutEpochs.contains("a 3") ? reason : 0 }
    let (begin, bad) = (Date(), manners)
    // Refused until there is a backlog of more than a batch.
    let broker = try FakeBroker { _ in
      Date().timeIntervalSince(begin) < 7 ? Misbehaviour.welcome(.refuse(0x88)) : bad
    }
    let story = try Story(workplace, broker, uplink: "  batch: {readings: 5}")
    #expect(
      await story.sees { _ in
        story.hasAccepted(10) && story.missing.withoutEpochs == ["a 3"]
          && story.gaps("rejected").withoutEpochs == ["a 3"]
      }, "\(story) \(story.daemon.lines)")
    await story.end()
    let hasPoison = { (offer: Publication) in offer.identities.withoutEpochs.contains("a 3") }
    #expect(broker.journal.offered.contains { $0.identities.count > 1 && hasPoison($0) }, "\(story)")
    #expect(story.gaps("rejected").withoutEpochs == ["a 3"], "\(story.events.map(\.json))")
    let file = try String(contentsOfFile: workplace.path("spool/dead-letters.jsonl"), encoding: .utf8)
    #expect(file.split(separator: "\n").count == 1, "\(file)")
    #expect(Audit(story.accepted.filter { $0.sensor == "b" }).isPerfect, "\(Audit(story.accepted))")
  }

  @Test(
    "Where not even the report of what was refused can go, it is kept, and not reported for ever",
    arguments: [0x95, 0x99] as [UInt8])
  func refusedReports(_ reason: UInt8) async throws {
    // 0x95 is what the library finds itself: every reading and event is larger than this.
    var manners = reason == 0x95 ? limited(.maximumPacketSize(120)) : Manners()
    if reason != 0x95 { manners.answer = { $0.identities.isEmpty ? 0 : reason } }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(await story.daemon.willSay("dead letter"), "\(story.daemon.lines)")
    // The first report comes after some seconds, and is refused too.
    #expect(await story.daemon.willSay("[gap-refused]"), "\(story.daemon.lines)")
    await story.end()
    #expect(story.accepted.isEmpty, "\(story)")
    #expect(story.broker.journal.connections == 1, "\(story)")
    let file = try String(contentsOfFile: workplace.path("spool/dead-letters.jsonl"), encoding: .utf8)
    #expect(!file.contains("\"event\":\"gap\""), "\(file.suffix(2_000))")
    // On a busy machine the story lasts minutes, and the oldest dead letters have been dropped.
    #expect(file.contains("\"sensor\":\"a\""), "\(file.suffix(2_000))")
    #expect(try Story.ledger(workplace).waiting > 0)
    #expect(story.broker.journal.violations.isEmpty, "\(story)")
  }

  /// Readings that the buffer gave up while nobody could be reached.
  @Test(
    "What many sensors have lost is told in parts, of which none is larger than the broker takes, and they add up",
    arguments: [true, false])
  func largeGap(_ isKnown: Bool) async throws {
    try Backlog.overfill(workplace, sensors: 60, readings: 200)
    // Known from the CONNACK, or found out from the answer.
    var manners = isKnown ? limited(.maximumPacketSize(2_048)) : Manners()
    if !isKnown { manners.answer = { $0.size > 2_048 ? 0x95 : 0 } }
    let bad = manners
    let story = try Story(
      workplace, try FakeBroker { _ in bad },
      sensors: "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1h}")
    // Where the library takes 0x95 for an error of the protocol, the connection breaks, and a gap can come again.
    func counted() -> Int {
      let events = Dictionary(story.events.map { ([$0.epoch, $0.sequence], $0) }) { first, _ in first }
      return events.values.reduce(0) { sum, event in sum + (event.json["count"] as? Int ?? 0) }
    }
    func evicted() -> Int {
      let states = story.broker.journal.accepted.filter { $0.topic.hasSuffix("/state") }.flatMap(\.messages)
      return (states.last?.json["buffer"] as? [String: Int])?["evicted"] ?? 0
    }
    #expect(
      await story.sees(within: .seconds(90)) { _ in counted() > 3_000 && counted() == evicted() },
      "\(counted()) of \(evicted()): \(story.daemon.lines)")
    await story.end(processorSeconds: 10)
    #expect(try Story.ledger(workplace).evicted == counted(), "\(counted())")
    #expect(!FileManager.default.fileExists(atPath: workplace.path("spool/dead-letters.jsonl")))
    #expect(story.broker.journal.violations.isEmpty, "\(story)")
  }

  @Test("A state that the broker refuses for now comes later", arguments: [0x80, 0x97] as [UInt8])
  func refusedState(_ reason: UInt8) async throws {
    var manners = Manners()
    // The first of them only.
    let begin = Date()
    manners.answer = { $0.topic.hasSuffix("/state") && Date().timeIntervalSince(begin) < 2 ? reason : 0 }
    let bad = manners
    let story = try Story(workplace, try FakeBroker { _ in bad })
    #expect(
      await story.sees(within: .seconds(20)) { $0.accepted.contains { $0.topic.hasSuffix("/state") } },
      "\(story) \(story.daemon.lines)")
    await story.end()
  }
}
