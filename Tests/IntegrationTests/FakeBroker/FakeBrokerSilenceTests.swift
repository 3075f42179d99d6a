import Foundation
import Testing

/// Connections that stand while nothing gets through, and connections that end again and again.
@Suite("Silence")
struct FakeBrokerSilenceTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func status() throws -> (text: String, exit: Int32?) {
    let tool = try Program(programs + "/fieldpost", ["status", "--socket", workplace.path("status"), "--json"])
    let exit = tool.exitStatus()
    return (tool.lines.joined(), exit)
  }

  /// Readings have about 300 bytes as a packet, the state and the events more.
  private func swallowing(above limit: Int) -> Manners {
    var manners = Manners()
    manners.swallowsAbove = limit
    return manners
  }

  @Test("Through a path that swallows large packets a backlog arrives, complete and in order, in spite of batches")
  func largePackets() async throws {
    let (swallowing, begin) = (swallowing(above: 1_300), Date())
    // Refused until there is a backlog of more than a batch.
    let broker = try FakeBroker { _ in
      Date().timeIntervalSince(begin) < 8 ? Misbehaviour.welcome(.refuse(0x88)) : swallowing
    }
    let story = try Story(workplace, broker, uplink: "  batch: {readings: 20, gather: 500ms}")
    #expect(
      await story.sees(within: .seconds(90)) { _ in story.hasAccepted(25) && story.isComplete },
      "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("[no-acknowledgements]", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(Audit(story.accepted).isPerfect, "\(Audit(story.accepted))")
    #expect(
      !story.daemon.lines.contains { $0.contains("dead letter") || $0.contains("[unanswered]") },
      "\(story.daemon.lines)")
  }

  @Test("Where only readings are small enough, they arrive without the state")
  func stateTooLarge() async throws {
    let broker = try FakeBroker { [swallowing = swallowing(above: 330)] _ in swallowing }
    let story = try Story(workplace, broker)
    #expect(await story.sees(within: .seconds(120)) { _ in story.hasAccepted(10) }, "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("[greeting-unanswered]", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(story.isComplete, "\(Audit(story.accepted))")
    #expect(Audit(story.accepted).isPerfect, "\(Audit(story.accepted))")
  }

  @Test("A gateway is not healthy because it is connected: while nothing gets through the status says so, and why")
  func standstill() async throws {
    let broker = try FakeBroker { [swallowing = swallowing(above: 60)] _ in swallowing }
    let story = try Story(workplace, broker)
    #expect(await story.sees { $0.connections >= 3 }, "\(story.daemon.lines)")
    // Whenever somebody looks, and connected or not.
    let looks = try (0..<10).map { _ in
      usleep(300_000)
      return try status()
    }
    #expect(looks.allSatisfy { $0.exit == 1 && $0.text.contains("\"degraded\"") }, "\(looks)")
    #expect(looks.contains { $0.text.contains("which has acknowledged nothing for") }, "\(looks)")
    await story.end()
  }

  @Test(
    "A broker that ends each connection soon after its start: another client may have the same id, and the status says so"
  )
  func twin() async throws {
    // As a broker of MQTT 3.1.1 does when another client comes: when something has been delivered, without a reason.
    var manners = Manners()
    manners.leavesAfter = 5
    let leaving = manners
    let story = try Story(workplace, try FakeBroker { _ in leaving }, uplink: "  client_id: cloned\n  protocol: 3.1.1")
    #expect(await story.daemon.willSay("another client may use the client id \"cloned\"", within: .seconds(60)))
    let look = try status()
    #expect(look.exit == 1, "\(look)")
    #expect(look.text.contains("another client may use the client id"), "\(look)")
    await story.end()
  }

  @Test("The state says that nothing waits once a backlog is through, and names the store")
  func stateAfterBacklog() async throws {
    let begin = Date()
    let broker = try FakeBroker { _ in
      Date().timeIntervalSince(begin) < 8 ? Misbehaviour.welcome(.refuse(0x88)) : Manners()
    }
    let story = try Story(workplace, broker)
    func waiting() -> [Int] {
      broker.journal.accepted.filter { $0.topic.hasSuffix("/state") }.flatMap(\.messages).compactMap {
        ($0.json["buffer"] as? [String: Any])?["waiting"] as? Int
      }
    }
    #expect(await story.sees { _ in waiting().count >= 2 }, "\(waiting()) \(story.daemon.lines)")
    #expect((waiting().first ?? 0) > 5, "\(waiting())")
    #expect((waiting().last ?? 99) < 3, "\(waiting())")
    let store = broker.journal.accepted.filter { $0.topic.hasSuffix("/state") }.flatMap(\.messages).first?.json["store"]
    #expect((store as? String)?.isEmpty == false)
    await story.end()
  }
}
