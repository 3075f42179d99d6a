import Telemetry
import Testing

@testable import Uplink

/// A courier, a clock, and the actions since the last look. Waits are the longest possible: random is just below 1.
private struct Story {
  var courier: Courier
  var now = Uptime(nanoseconds: 0)
  var random = 0.999_999

  init(inFlight: Int = 4) {
    courier = Courier(
      limits: CourierLimits(
        inFlight: inFlight, connect: .seconds(15), acknowledge: .seconds(8), retryCeiling: .seconds(60)))
  }

  mutating func on(_ event: Courier.Event) -> [Courier.Action] { courier.handle(event, at: now, random: random) }

  /// Moves to the courier's own deadline and fires the timer.
  mutating func deadline() -> [Courier.Action] {
    if let deadline = courier.deadline { now = deadline }
    return on(.timer)
  }

  mutating func wait(_ duration: Duration) { now = now + duration }

  /// Up to the first fetch.
  mutating func connect(receiveMaximum: Int? = nil) {
    if case .some = courier.deadline { _ = deadline() } else { _ = on(.start) }
    _ = on(.transport(.connected(receiveMaximum: receiveMaximum)))
  }

  mutating func accept(_ number: UInt64) -> [Courier.Action] {
    on(.transport(.acknowledged(Token(number), .accepted)))
  }
}

private func parcels(_ numbers: ClosedRange<UInt64>) -> [Parcel] {
  numbers.map { Parcel(number: $0, record: [UInt8(truncatingIfNeeded: $0)]) }
}

private func published(_ actions: [Courier.Action]) -> [UInt64] {
  actions.compactMap { if case .publish(let parcel) = $0 { parcel.number } else { nil } }
}

private let reset = LinkFailure.library(operation: "read", code: 7, detail: "reset")

@Suite("The courier when the network lies")
struct CourierFaultTests {
  @Test("A connect without an answer is given up at its deadline and tried again later")
  func noConnack() {
    var story = Story()
    #expect(story.on(.start) == [.connect])
    #expect(story.courier.deadline == story.now + .seconds(15))
    let actions = story.deadline()
    #expect(actions.first == .abandon)
    #expect(story.courier.deadline.map { $0 > story.now } == true)
    #expect(story.deadline() == [.connect])
  }

  @Test("Waits double up to the ceiling")
  func backoff() {
    var story = Story()
    _ = story.on(.start)
    var waits: [Int64] = []
    for _ in 0..<9 {
      _ = story.on(.transport(.failed(reset)))
      waits.append(((story.courier.deadline ?? story.now) - story.now).nanoseconds / 999_999_000)
      _ = story.deadline()
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
  }

  @Test("A broker that accepts and throws us out at once is not hammered")
  func thrownOut() {
    var story = Story()
    var lastWait = Duration.zero
    for _ in 0..<4 {
      story.connect()
      story.wait(.seconds(2))
      _ = story.on(.transport(.failed(.broker(reason: 0x8E, meaning: "session taken over"))))
      let wait = (story.courier.deadline ?? story.now) - story.now
      #expect(wait > lastWait)
      lastWait = wait
    }
  }

  @Test("After a connection that lasted the waits begin anew")
  func lasting() {
    var story = Story()
    for _ in 0..<5 {
      story.connect()
      _ = story.on(.transport(.failed(reset)))
    }
    story.connect()
    story.wait(.seconds(31))
    _ = story.on(.transport(.failed(reset)))
    #expect(((story.courier.deadline ?? story.now) - story.now) < .seconds(1.1))
  }

  @Test("A silent drop is noticed when the oldest acknowledgement is overdue, and everything is sent again")
  func silentDrop() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    story.wait(.seconds(3))
    _ = story.on(.fetched(parcels(2...3), ticket: 1))
    #expect(story.courier.deadline == Uptime(nanoseconds: 8_000_000_000))
    let actions = story.deadline()
    #expect(actions.first == .abandon)
    story.connect()
    #expect(published(story.on(.fetched(parcels(1...3), ticket: 2))) == [1, 2, 3])
  }

  @Test("A new connection asks from the first unacknowledged parcel, not from where the last one was")
  func refetch() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...4), ticket: 1))
    _ = story.accept(1)
    _ = story.on(.transport(.failed(reset)))
    _ = story.deadline()
    let actions = story.on(.transport(.connected(receiveMaximum: nil)))
    #expect(actions.contains(.fetch(after: nil, limit: 4, ticket: 2)))
  }

  @Test("An answer that was asked for on an earlier connection is not sent: it would leave a hole")
  func staleAnswer() {
    var story = Story()
    story.connect()
    _ = story.on(.transport(.failed(reset)))
    story.connect()
    #expect(story.on(.fetched(parcels(5...6), ticket: 1)) == [])
    #expect(published(story.on(.fetched(parcels(1...2), ticket: 2))) == [1, 2])
  }

  @Test(
    "Only an accepted parcel is acknowledged to the spool; a refusal ends the connection and keeps it",
    arguments: [
      UInt8(0x80), 0x83, 0x87, 0x90, 0x97, 0x99,
    ])
  func refused(_ reason: UInt8) {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    let actions = story.on(.transport(.acknowledged(Token(1), .refused(reason: reason, meaning: "no"))))
    #expect(actions.first == .abandon)
    #expect(!actions.contains(.acknowledge(1)))
    guard case .note(.lostConnection(.refused(1, reason, "no"), _, _)) = actions.last else {
      Issue.record("no note of the refusal: \(actions)")
      return
    }
  }

  @Test("An acknowledgement that nobody waits for changes nothing: repeated, foreign, or after the end")
  func strayAcknowledgements() {
    var story = Story()
    #expect(story.accept(1) == [])
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    #expect(story.accept(1).contains(.acknowledge(1)))
    #expect(story.accept(1) == [])
    #expect(story.accept(99) == [])
    _ = story.on(.transport(.failed(reset)))
    #expect(story.accept(1) == [])
  }

  @Test(
    "The broker's receive maximum narrows the window, and one place is left for the state",
    arguments: [
      (1, 1), (2, 1), (3, 2), (500, 4),
    ])
  func receiveMaximum(_ maximum: Int, _ limit: Int) {
    var story = Story()
    _ = story.on(.start)
    let actions = story.on(.transport(.connected(receiveMaximum: maximum)))
    #expect(actions.contains(.fetch(after: nil, limit: limit, ticket: 1)))
  }

  @Test("A timer that comes early does nothing")
  func earlyTimer() {
    var story = Story()
    _ = story.on(.start)
    #expect(story.on(.timer) == [])
    story.connect()
    #expect(story.on(.timer) == [])
  }
}

@Suite("The courier in good weather")
struct CourierTests {
  @Test("Connects, announces the device, fetches, publishes in order, acknowledges")
  func delivery() {
    var story = Story()
    #expect(story.on(.start) == [.connect])
    let hello = story.on(.transport(.connected(receiveMaximum: nil)))
    #expect(hello == [.note(.connected), .announce(online: true), .fetch(after: nil, limit: 4, ticket: 1)])
    #expect(published(story.on(.fetched(parcels(1...2), ticket: 1))) == [1, 2])
    #expect(story.accept(1) == [.acknowledge(1)])
  }

  @Test("The window is never exceeded, and is filled again when half of it is free")
  func window() {
    var story = Story()
    story.connect()
    #expect(published(story.on(.fetched(parcels(1...4), ticket: 1))) == [1, 2, 3, 4])
    #expect(story.accept(1) == [.acknowledge(1)])
    #expect(story.accept(2) == [.acknowledge(2), .fetch(after: 4, limit: 2, ticket: 1)])
    #expect(story.accept(3) == [.acknowledge(3)])
    #expect(published(story.on(.fetched(parcels(5...6), ticket: 1))) == [5, 6])
    #expect(story.courier.inFlight == 3)
  }

  @Test("An empty spool is not asked again before something arrives")
  func idle() {
    var story = Story()
    story.connect()
    #expect(story.on(.fetched([], ticket: 1)) == [])
    #expect(story.courier.deadline == nil)
    #expect(story.on(.arrival) == [.fetch(after: nil, limit: 4, ticket: 1)])
    #expect(story.on(.arrival) == [])
  }

  @Test("Stopping waits for what is on its way, then says goodbye")
  func stop() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    #expect(story.on(.stop) == [])
    #expect(story.accept(1) == [.acknowledge(1)])
    #expect(story.accept(2) == [.acknowledge(2), .announce(online: false), .disconnect])
    #expect(story.on(.transport(.failed(.closed))) == [.finished])
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
