import Foundation
import Testing

/// Brokers that do not do what they should. Whatever they do: no reading is lost, or taken for delivered; the daemon
/// does not spin; SIGTERM ends it.
@Suite("Bad brokers")
struct FakeBrokerTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test("A broker that becomes better has every reading then, each sensor's in order", arguments: Misbehaviour.all)
  func mends(_ case: Misbehaviour) async throws {
    let broker = try FakeBroker { $0 <= `case`.connections ? `case`.mending : Manners() }
    let story = try Story(workplace, broker, uplink: `case`.uplink)
    #expect(
      await story.sees { $0.incidents > 0 && story.hasAccepted(8) && story.isComplete },
      "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay(`case`.says, within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(story.missing.isEmpty, "\(story)")
    #expect(Audit(story.offered).disorder.isEmpty, "\(Audit(story.offered))")
    if !`case`.overtakes { #expect(Audit(story.accepted).disorder.isEmpty, "\(Audit(story.accepted))") }
    #expect(broker.journal.violations.isEmpty, "\(broker.journal.violations)")
  }

  @Test(
    "While a broker is bad, SIGTERM ends the daemon; what the broker has not accepted comes after the next start",
    arguments: Misbehaviour.all)
  func stops(_ case: Misbehaviour) async throws {
    let broker = try FakeBroker { _ in `case`.bad }
    let story = try Story(workplace, broker, uplink: `case`.uplink)
    #expect(await story.sees { $0.incidents > 0 }, "\(story.daemon.lines)")
    #expect(await story.daemon.willSay(`case`.says), "\(story.daemon.lines)")
    // The story: nothing is waited for.
    try await Task.sleep(for: .seconds(6))
    await story.end()
    // Of what the spool has let go, the broker has accepted everything.
    let ledger = try Story.ledger(workplace)
    #expect(
      ledger.taken - ledger.waiting <= Set(story.accepted.map(\.identity)).count + story.events.count, "\(ledger)")

    let good = try FakeBroker { _ in Manners() }
    let next = try Story(workplace, good, uplink: `case`.uplink)
    #expect(
      await next.sees { _ in next.hasAccepted(2) }, "\(next) \(next.daemon.lines)")
    await next.end()
    let missing = Story.missing(story.accepted + next.accepted)
    #expect(missing.isEmpty, "\(missing): \(story.daemon.lines)")
    #expect(Audit(next.accepted).disorder.isEmpty, "\(Audit(next.accepted))")
    // They are read together; so neither has lost its end.
    let first = (story.accepted + next.accepted).ofStart(1)
    let ends = ["a", "b"].map { sensor -> Int in
      first.filter { $0.sensor == sensor }.map(\.sequence).max() ?? 0
    }
    #expect(abs(ends[0] - ends[1]) <= 1, "\(ends)")
    #expect(ends[0] > 1, "\(ends)")
  }
}
