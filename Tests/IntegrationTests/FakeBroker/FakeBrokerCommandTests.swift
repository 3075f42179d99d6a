import Foundation
import Testing

/// Brokers that do with commands what they should not.
@Suite("Commands from bad brokers")
struct FakeBrokerCommandTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private static let commands = "  commands: {allow: [read-now, status], share: site}"

  /// Readings flow, on one connection, whatever else is. On a busy machine an acknowledgement behind thousands of
  /// messages is late, and that is not what these tests are about.
  private func goesWell(_ manners: Manners, uplink: String = commands, says: String? = nil) async throws -> Story {
    let story = try Story(workplace, try FakeBroker { _ in manners }, uplink: uplink, acknowledge: "60s")
    #expect(await story.sees { _ in story.hasAccepted(5) && story.isComplete }, "\(story) \(story.daemon.lines)")
    if let says { #expect(await story.daemon.willSay(says), "\(story.daemon.lines)") }
    await story.end()
    #expect(story.broker.journal.connections == 1, "\(story)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
    #expect(story.broker.journal.violations.isEmpty, "\(story.broker.journal.violations)")
    return story
  }

  /// QoS 0, without properties.
  private func publish(_ payload: [UInt8], at topic: String = "fieldpost/testbench/command") -> [UInt8] {
    let body = [0, UInt8(topic.utf8.count)] + Array(topic.utf8) + [0] + payload
    let length = body.count < 128 ? [UInt8(body.count)] : [UInt8(body.count & 0x7F | 0x80), UInt8(body.count >> 7)]
    return [0x30] + length + body
  }

  private func answers(_ story: Story) -> [Publication] {
    story.broker.journal.offered.filter { $0.topic == "fieldpost/testbench/response" }
  }

  @Test("Subscribed with QoS 1, its own messages excluded where that is possible, and packets of 64 KiB at most")
  func subscriptions() async throws {
    let story = try await goesWell(Manners())
    #expect(
      story.broker.journal.subscriptions == ["fieldpost/testbench/command 5", "$share/site/fieldpost/command 1"])
    #expect(story.broker.journal.greetings.map(\.maximumPacketSize) == [65_536])
  }

  @Test("Without commands there is no subscription, no limit, and a message that comes all the same is nothing")
  func none() async throws {
    var manners = Manners()
    manners.afterWelcome = publish(Array(#"{"command":"status"}"#.utf8))
    let story = try await goesWell(manners, uplink: "")
    #expect(story.broker.journal.subscriptions.isEmpty)
    #expect(story.broker.journal.greetings.map(\.maximumPacketSize) == [nil])
    #expect(answers(story).isEmpty)
  }

  @Test(
    "A refused subscription is told, and readings flow", arguments: [0x80, 0x83, 0x87, 0x8F, 0x97, 0x9E] as [UInt8])
  func refused(_ reason: UInt8) async throws {
    var manners = Manners()
    manners.subscribed = reason
    let story = try await goesWell(manners, says: "commands: cannot listen at fieldpost/testbench/command: ")
    #expect(story.daemon.lines.contains { $0.contains("cannot listen at $share/site/fieldpost/command: ") })
    #expect(!story.daemon.lines.contains { $0.contains("listening") }, "\(story.daemon.lines)")
  }

  @Test("A broker without shared subscriptions is not asked for one")
  func notShared() async throws {
    let manners = Misbehaviour.welcome(.accept([.sharedSubscriptions(0)]))
    let story = try await goesWell(manners, says: "the broker has no shared subscriptions")
    #expect(story.broker.journal.subscriptions == ["fieldpost/testbench/command 5"])
  }

  @Test("A broker that turns out to know only MQTT 3.1.1 is asked for what that can")
  func older() async throws {
    let story = try Story(
      workplace, try FakeBroker { _ in Misbehaviour.welcome(.refuseVersion) }, uplink: Self.commands)
    #expect(await story.sees { _ in story.hasAccepted(3) }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.broker.journal.subscriptions == ["fieldpost/testbench/command 1"])
    #expect(story.daemon.lines.contains { $0.contains("the broker has no shared subscriptions") })
  }

  @Test("A flood of nonsense: readings flow, ten are answered and then one a second")
  func flood() async throws {
    var manners = Manners()
    for number in 0..<3_000 {
      // Always the same, so that a failure can be repeated.
      manners.afterSubscription += publish(
        (0..<(number % 91)).map { UInt8(truncatingIfNeeded: number &* 167 &+ $0 &* $0 &* 31 &+ number / 7) })
    }
    let story = try await goesWell(manners, says: "commands: dropped: more than one a second")
    #expect(answers(story).count >= 10, "\(answers(story).count)")
    #expect(answers(story).count < 60, "\(answers(story).count)")
    #expect(answers(story).allSatisfy { $0.messages.first?.json["ok"] as? Bool == false })
  }

  @Test(
    "Answers that are never acknowledged, or refused, hold no reading up", arguments: [nil, 0x87, 0x97] as [UInt8?])
  func answersRefused(_ reason: UInt8?) async throws {
    var manners = Manners()
    for _ in 0..<5 { manners.afterSubscription += publish(Array(#"{"command":"status"}"#.utf8)) }
    manners.answer = { $0.topic == "fieldpost/testbench/response" ? reason : 0 }
    let story = try await goesWell(manners, says: reason == nil ? nil : "commands: an answer was lost: ")
    #expect(answers(story).count >= 5)
  }
}
