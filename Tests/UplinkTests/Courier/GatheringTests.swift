import Telemetry
import Testing

@testable import Uplink

@Suite("Readings that are gathered")
struct GatheringTests {
  private func gathering() -> Story {
    var story = Story(inFlight: 20) { limits in (limits.batch, limits.gather) = (20, .seconds(60)) }
    story.connect()
    _ = story.on(.greeted)
    _ = story.on(.fetched([parcel(1)], ticket: story.courier.connections))
    _ = story.accept(1)
    story.wait(.seconds(1))
    return story
  }

  private func asks(_ actions: [Courier.Action]) -> Bool {
    actions.contains { if case .fetch = $0 { true } else { false } }
  }

  @Test("An alarm ends the wait, with and without readings that wait, and the next reading waits again")
  func urgent() {
    var story = gathering()
    #expect(!asks(story.on(.arrival)))
    #expect(asks(story.on(.urgentArrival)))
    _ = story.on(.fetched(parcels(2...3), ticket: story.courier.connections))
    _ = story.accept(2)
    #expect(!asks(story.on(.arrival)))
    #expect(asks(story.deadline()))
    _ = story.on(.fetched([], ticket: story.courier.connections))
    #expect(asks(story.on(.urgentArrival)))
  }

  @Test("A stop ends the wait: what was gathered goes out before the goodbye")
  func stop() {
    var story = gathering()
    _ = story.on(.arrival)
    let asked = story.on(.stop)
    #expect(asked.count == 1)
    #expect(asks(asked))
    #expect(published(story.on(.fetched(parcels(2...30), ticket: story.courier.connections))) == [2, 22])
    #expect(story.accept(2).count == 20)
    #expect(story.accept(22).suffix(2) == [.announce(online: false), .disconnect])
  }

  @Test("An alarm does not break the rate that was asked for")
  func rate() {
    var story = Story { $0.rate = 1 }
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    _ = story.accept(1)
    #expect(!asks(story.on(.urgentArrival)))
  }
}
