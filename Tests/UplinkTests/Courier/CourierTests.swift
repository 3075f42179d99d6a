import Telemetry
import Testing

@testable import Uplink

@Suite("The courier in good weather")
struct CourierTests {
  @Test("Connects, announces the device, fetches, publishes in order, acknowledges")
  func shipment() {
    var story = Story()
    #expect(story.on(.start) == [.connect(broker: 0)])
    let hello = story.on(.transport(.connected(Capabilities())))
    #expect(
      hello == [
        .note(.connected(broker: 0)), .announce(online: true), .fetch(after: nil, limit: 24, anew: true, ticket: 1),
      ])
    #expect(published(story.on(.fetched(parcels(1...2), ticket: 1))) == [1, 2])
    #expect(story.accept(1) == [.acknowledge(1)])
  }

  @Test("The window is never exceeded, and stays full from what has been fetched ahead")
  func window() {
    var story = Story()
    story.connect()
    let actions = story.on(.fetched(parcels(1...24), ticket: 1))
    #expect(published(actions) == [1, 2, 3, 4])
    #expect(story.courier.inFlight == 4)
    // Twenty are at hand.
    #expect(actions.count == 4)
    for number in 1...7 as ClosedRange<UInt64> { #expect(published(story.accept(number)) == [number + 4]) }
    // Half of what is wanted is used up.
    #expect(story.accept(8).last == .fetch(after: 24, limit: 12, anew: false, ticket: 1))
    #expect(story.accept(9).count == 2)
    #expect(story.courier.inFlight == 4)
  }

  @Test("An empty spool is not asked again before something arrives")
  func idle() {
    var story = Story()
    story.connect()
    #expect(story.on(.fetched([], ticket: 1)) == [])
    #expect(story.courier.deadline == nil)
    #expect(story.on(.arrival) == [.fetch(after: nil, limit: 24, anew: false, ticket: 1)])
    #expect(story.on(.arrival) == [])
  }

  @Test("Stopping waits for what is on its way and for what the spool is asked for, then says goodbye")
  func stop() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    #expect(story.on(.stop) == [])
    #expect(story.accept(1) == [.acknowledge(1)])
    #expect(story.accept(2) == [.acknowledge(2)])
    #expect(published(story.on(.fetched(parcels(3...8), ticket: 1))) == [3, 4, 5, 6])
    #expect(published(story.accept(3)) == [7])
    #expect(published(story.accept(4)) == [8])
    for number in 5...7 as ClosedRange<UInt64> { #expect(story.accept(number) == [.acknowledge(number)]) }
    #expect(story.accept(8) == [.acknowledge(8), .announce(online: false), .disconnect])
    #expect(story.on(.transport(.failed(LinkFailure(.closed, "closed")))) == [.finished])
  }

  @Test("With nothing on its way the spool is asked once more: it may not have told yet of what came last")
  func stopIdle() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([], ticket: 1))
    #expect(story.on(.stop) == [.fetch(after: nil, limit: 24, anew: false, ticket: 1)])
    #expect(story.on(.fetched([], ticket: 1)) == [.announce(online: false), .disconnect])
  }

  @Test("A broker that refuses one for now gets no more of them, and goodbye")
  func stopRefused() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...6), ticket: 1))
    _ = story.on(.stop)
    #expect(
      story.on(.transport(.acknowledged(.records(1), .refused(Refusal(.later, meaning: "quota exceeded"))))) == [])
    for number in 2...4 as ClosedRange<UInt64> { #expect(story.accept(number) == [.acknowledge(number)]) }
    #expect(story.on(.fetched(parcels(7...9), ticket: 1)) == [.announce(online: false), .disconnect])
  }

  @Test("Stopping ends at its own deadline when the network does not answer")
  func stopInSilence() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    _ = story.on(.stop)
    #expect(story.courier.deadline == story.now + .seconds(2))
    #expect(story.deadline() == [.abandon, .finished])
  }

  @Test("Stopping while waiting or connecting ends at once")
  func stopEarly() {
    var waiting = Story()
    _ = waiting.on(.start)
    #expect(waiting.on(.stop) == [.abandon, .finished])
    #expect(waiting.on(.start) == [])
    var idle = Story()
    #expect(idle.on(.stop) == [.finished])
  }
}
