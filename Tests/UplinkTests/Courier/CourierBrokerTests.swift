import Telemetry
import Testing

@testable import Uplink

@Suite("The courier and its brokers")
struct CourierBrokerTests {
  @Test("Several brokers are tried in turn without a wait, then there is one; the first is first after a connection")
  func inTurn() {
    var story = Story { $0.brokers = 3 }
    #expect(story.on(.start) == [.connect(broker: 0)])
    for next in [1, 2] {
      _ = story.on(.transport(.failed(reset)))
      #expect(story.courier.deadline == story.now)
      #expect(story.on(.timer) == [.connect(broker: next)])
    }
    _ = story.on(.transport(.failed(reset)))
    #expect(story.courier.deadline.map { $0 > story.now } == true)
    #expect(story.deadline() == [.connect(broker: 0)])
    _ = story.on(.transport(.failed(reset)))
    #expect(story.on(.timer) == [.connect(broker: 1)])
    #expect(story.on(.transport(.connected(Capabilities()))).first == .note(.connected(broker: 1)))
    _ = story.on(.transport(.failed(reset)))
    #expect(story.deadline() == [.connect(broker: 0)])
  }

  @Test("A link that comes up ends the wait, but not twice in a second")
  func linkUp() {
    var story = Story()
    _ = story.on(.start)
    #expect(story.on(.linkUp) == [])
    _ = story.on(.transport(.failed(reset)))
    #expect(story.on(.linkUp) == [.connect(broker: 0)])
    _ = story.on(.transport(.failed(reset)))
    #expect(story.on(.linkUp) == [])
    story.wait(.seconds(1))
    #expect(story.on(.linkUp) == [.connect(broker: 0)])
  }

  @Test("A broker that does not want us is asked at the longest interval, link or not")
  func unwanted() {
    var story = Story()
    _ = story.on(.start)
    _ = story.on(.transport(.failed(LinkFailure(.denied, "no"))))
    #expect((story.courier.deadline ?? story.now) - story.now > .seconds(59))
    #expect(story.on(.linkUp) == [])
  }

  @Test("Two devices with one client id: from the second time on there is a truce of minutes")
  func takenOver() {
    let takeover = TransportEvent.failed(LinkFailure(.takenOver, "session taken over"))
    var story = Story()
    story.connect()
    _ = story.on(.transport(takeover))
    #expect((story.courier.deadline ?? story.now) - story.now < .seconds(2))
    story.connect()
    _ = story.on(.transport(takeover))
    #expect((story.courier.deadline ?? story.now) - story.now >= .seconds(60))
  }

  @Test("Devices have places of their own in the wait")
  func slots() {
    func wait(slot: Double, random: Double) -> Duration {
      var backoff = Backoff(ceiling: .seconds(8), slot: slot)
      for _ in 0..<9 { _ = backoff.next(random: 0) }
      return backoff.next(random: random)
    }
    #expect(wait(slot: 0, random: 0) == .zero)
    #expect(wait(slot: 0, random: 0.5) == .seconds(2))
    #expect(wait(slot: 0.5, random: 0) == .seconds(2))
    #expect(wait(slot: 0.5, random: 0.5) == .seconds(4))
  }
}

@Suite("What goes in one message, and when")
struct CourierBatchTests {
  @Test("Readings of one sensor go together, up to the limit; their order stays; events go alone")
  func batches() {
    var story = Story(inFlight: 10) { $0.batch = 2 }
    story.connect()
    let fetched = [
      parcel(1), parcel(2, sensor: "attic"), parcel(3), parcel(4), parcel(5, isAhead: true), parcel(6, sensor: "attic"),
    ]
    let actions = story.on(.fetched(fetched, ticket: 1))
    let numbers = actions.compactMap { if case .publish(let shipment) = $0 { shipment.numbers } else { nil } }
    #expect(numbers == [[1, 3], [2, 6], [4], [5]])
    #expect(story.accept(1).prefix(2) == [.acknowledge(1), .acknowledge(3)])
  }

  @Test("Readings are gathered; a full answer is followed at once")
  func gathers() {
    var story = Story(inFlight: 1) { ($0.batch, $0.gather) = (3, .seconds(10)) }
    story.connect()
    #expect(story.on(.fetched([], ticket: 1)) == [])
    #expect(story.on(.arrival) == [])
    #expect(story.courier.deadline == story.now + .seconds(10))
    #expect(story.deadline() == [.fetch(after: nil, limit: 3, anew: false, ticket: 1)])
    #expect(published(story.on(.fetched(parcels(1...3), ticket: 1))) == [1])
    #expect(story.accept(1).last == .fetch(after: 3, limit: 3, anew: false, ticket: 1))
    _ = story.on(.fetched(parcels(4...5), ticket: 1))
    #expect(story.accept(4).last == .acknowledge(5))
    #expect(story.courier.deadline == story.now + .seconds(10))
  }

  @Test("The rate is kept: after the first second's worth, a tenth of it at a time")
  func rate() {
    var story = Story(inFlight: 1_000) { $0.rate = 20 }
    _ = story.on(.start)
    let hello = story.on(.transport(.connected(Capabilities())))
    #expect(hello.last == .fetch(after: nil, limit: 20, anew: true, ticket: 1))
    #expect(story.on(.fetched(parcels(1...20), ticket: 1)).count == 20)
    for number in 1...20 as ClosedRange<UInt64> { _ = story.accept(number) }
    let begin = story.now
    var (next, sent): (UInt64, UInt64) = (21, 0)
    while story.now - begin < .seconds(10) {
      guard case .fetch(_, let limit, _, _) = story.deadline().last else {
        Issue.record("nothing was fetched")
        return
      }
      sent += UInt64(limit)
      _ = story.on(.fetched(parcels(next...next + UInt64(limit) - 1), ticket: 1))
      for number in next..<next + UInt64(limit) { _ = story.accept(number) }
      next += UInt64(limit)
    }
    #expect((190...204).contains(sent))
  }

  @Test("Parcels that went ahead do not move the place from which the next are asked")
  func ahead() {
    var story = Story()
    story.connect()
    let actions = story.on(.fetched([parcel(90, isAhead: true), parcel(1)], ticket: 1))
    #expect(published(actions) == [90, 1])
    #expect(actions.last == .fetch(after: 1, limit: 24, anew: false, ticket: 1))
  }
}
