import Telemetry
import Testing

@testable import Uplink

/// A courier, a clock, and the actions since the last look. Waits are the longest possible: random is just below 1.
private struct Story {
  var courier: Courier
  var now = Uptime(nanoseconds: 0)
  var random = 0.999_999

  init(inFlight: Int = 4, _ set: (inout CourierLimits) -> Void = { _ in }) {
    var limits = CourierLimits()
    (limits.inFlight, limits.slot, limits.retryCeiling) = (inFlight, 1, .seconds(60))
    set(&limits)
    courier = Courier(limits: limits)
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

private func parcel(_ number: UInt64, sensor: String = "hall", isAhead: Bool = false) -> Parcel {
  let reading = Reading(
    identity: Identity(sensor: sensor, epoch: 1, sequence: number),
    time: Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false),
    quantities: [], quality: .good)
  return Parcel(number: number, record: ReportCoder.encode(.reading(reading)), isAhead: isAhead)
}

private func parcels(_ numbers: ClosedRange<UInt64>) -> [Parcel] { numbers.map { parcel($0) } }

private func published(_ actions: [Courier.Action]) -> [UInt64] {
  actions.compactMap { if case .publish(let shipment) = $0 { shipment.token } else { nil } }
}

private let reset = LinkFailure.library(operation: "read", code: 7, detail: "reset")

@Suite("The courier when the network lies")
struct CourierFaultTests {
  @Test("A connect without an answer is given up at its deadline and tried again later")
  func noConnack() {
    var story = Story()
    #expect(story.on(.start) == [.connect(broker: 0)])
    #expect(story.courier.deadline == story.now + .seconds(5))
    #expect(story.on(.transport(.dialled)) == [])
    #expect(story.courier.deadline == story.now + .seconds(15))
    let actions = story.deadline()
    #expect(actions.first == .abandon)
    #expect(story.courier.deadline.map { $0 > story.now } == true)
    #expect(story.deadline() == [.connect(broker: 0)])
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
      _ = story.on(.transport(.failed(.broker(reason: 0x8B, meaning: "server shutting down"))))
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
    #expect(actions.contains(.fetch(after: nil, limit: 24, anew: true, ticket: 2)))
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

  private func refuse(_ story: inout Story, _ token: UInt64, _ reason: UInt8) -> [Courier.Action] {
    story.on(.transport(.acknowledged(Token(token), .refused(reason: reason, meaning: "no"))))
  }

  private func refused(_ reason: UInt8) -> CourierNote.Refused {
    CourierNote.Refused(stream: "hall", reason: reason, meaning: "no")
  }

  @Test(
    "Refused for now: nothing is sent for a while, and then everything that is left anew",
    arguments: [
      UInt8(0x80), 0x83, 0x91, 0x97,
    ])
  func postponed(_ reason: UInt8) {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...3), ticket: 1))
    _ = story.on(.fetched([], ticket: 1))
    let actions = refuse(&story, 1, reason)
    guard case .note(.postponed(refused(reason), retryIn: let wait)) = actions.last, actions.count == 1 else {
      Issue.record("\(actions)")
      return
    }
    #expect(story.on(.arrival) == [] && story.accept(2) == [.acknowledge(2)])
    story.wait(wait)
    // One is still on its way.
    #expect(story.on(.timer) == [] && story.courier.inFlight == 1)
    #expect(story.accept(3) == [.acknowledge(3), .fetch(after: nil, limit: 24, anew: true, ticket: 1)])
    #expect(published(story.on(.fetched(parcels(1...1), ticket: 1))) == [1])
  }

  @Test("Waits after refusals double, and begin anew when something is accepted")
  func patience() {
    var story = Story(inFlight: 1)
    story.connect()
    var waits: [Int64] = []
    for reason: UInt8 in [0x97, 0x97, 0x97, 0, 0x97] {
      _ = story.on(.fetched(parcels(1...1), ticket: 1))
      _ = story.on(.fetched([], ticket: 1))
      if reason == 0 {
        _ = story.on(.arrival)
        _ = story.accept(1)
        continue
      }
      _ = refuse(&story, 1, reason)
      waits.append(((story.courier.deadline ?? story.now) - story.now).nanoseconds / 999_999_000)
      _ = story.deadline()
    }
    #expect(waits == [1, 2, 4, 1])
  }

  @Test(
    "What is not allowed is held, the others go on; one of it is tried after a minute, and the rest when that goes well"
  )
  func denied() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...4), ticket: 1))
    _ = story.on(.fetched([], ticket: 1))
    #expect(refuse(&story, 1, 0x87) == [.hold(1), .note(.denied(refused(0x87), retryIn: .seconds(60)))])
    #expect(story.accept(2) == [.acknowledge(2)])
    #expect(refuse(&story, 3, 0x87).first == .hold(3))
    _ = story.accept(4)
    #expect(story.deadline() == [.fetchHeld(limit: 1, ticket: 1)] && story.now.nanoseconds == 60_000_000_000)
    #expect(published(story.on(.fetched(parcels(1...1), ticket: 1))) == [1])
    #expect(refuse(&story, 1, 0x87) == [.hold(1), .note(.denied(refused(0x87), retryIn: .seconds(120)))])
    _ = story.deadline()
    #expect(story.now.nanoseconds == 180_000_000_000)
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    #expect(story.accept(1) == [.acknowledge(1), .fetchHeld(limit: 4, ticket: 1)])
    #expect(published(story.on(.fetched([parcel(3)], ticket: 1))) == [3])
    #expect(story.accept(3).first == .acknowledge(3))
    #expect(story.courier.deadline == nil)
  }

  @Test("A new connection tries what is held at once")
  func deniedThenReconnected() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    _ = refuse(&story, 1, 0x87)
    _ = story.on(.transport(.failed(reset)))
    _ = story.deadline()
    #expect(story.on(.transport(.connected(receiveMaximum: nil))).contains(.fetchHeld(limit: 1, ticket: 2)))
  }

  @Test("What will never be accepted is set aside, and blocks nothing", arguments: [UInt8(0x90), 0x95, 0x99])
  func rejected(_ reason: UInt8) {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    #expect(
      refuse(&story, 1, reason) == [
        .reject(parcel(1), refused(reason)), .note(.rejected(refused(reason))),
      ])
    #expect(story.accept(2) == [.acknowledge(2)])
  }

  @Test("A batch that is too much is sent one by one, and only the one that is refused again is set aside")
  func rejectedBatch() {
    var story = Story { $0.batch = 10 }
    story.connect()
    #expect(published(story.on(.fetched(parcels(1...3), ticket: 1))) == [1])
    #expect(published(refuse(&story, 1, 0x95)) == [1, 2, 3])
    #expect(refuse(&story, 2, 0x95).first == .reject(parcel(2), refused(0x95)))
    #expect(story.accept(1).contains(.acknowledge(1)) && story.accept(3).contains(.acknowledge(3)))
  }

  @Test("A record that nobody can read is dropped and told; the others go")
  func malformed() {
    var story = Story()
    story.connect()
    let actions = story.on(.fetched([parcel(1), Parcel(number: 2, record: [9]), parcel(3)], ticket: 1))
    #expect(published(actions) == [1, 3])
    #expect(actions.contains { if case .discard(2, _) = $0 { true } else { false } })
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
    #expect(actions.contains(.fetch(after: nil, limit: 6 * limit, anew: true, ticket: 1)))
    #expect(published(story.on(.fetched(parcels(1...6), ticket: 1))).count == limit)
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

@Suite("The courier and its brokers")
struct CourierBrokerTests {
  @Test("Several brokers are tried in turn without a wait, then there is one; the first is first after a connection")
  func inTurn() {
    var story = Story { $0.brokers = 3 }
    #expect(story.on(.start) == [.connect(broker: 0)])
    for next in [1, 2] {
      _ = story.on(.transport(.failed(reset)))
      #expect(story.courier.deadline == story.now && story.on(.timer) == [.connect(broker: next)])
    }
    _ = story.on(.transport(.failed(reset)))
    #expect(story.courier.deadline.map { $0 > story.now } == true)
    #expect(story.deadline() == [.connect(broker: 0)])
    _ = story.on(.transport(.failed(reset)))
    #expect(story.on(.timer) == [.connect(broker: 1)])
    #expect(story.on(.transport(.connected(receiveMaximum: nil))).first == .note(.connected(broker: 1)))
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

  @Test(
    "A broker that does not want us is asked at the longest interval, link or not", arguments: [Int32(5), 0x86, 0x87])
  func unwanted(_ reason: Int32) {
    var story = Story()
    _ = story.on(.start)
    _ = story.on(.transport(.failed(.broker(reason: reason, meaning: "no"))))
    #expect((story.courier.deadline ?? story.now) - story.now > .seconds(59))
    #expect(story.on(.linkUp) == [])
  }

  @Test("Two devices with one client id: from the second time on there is a truce of minutes")
  func takenOver() {
    let takeover = TransportEvent.failed(.broker(reason: 0x8E, meaning: "session taken over"))
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
    #expect(wait(slot: 0, random: 0) == .zero && wait(slot: 0, random: 0.5) == .seconds(2))
    #expect(wait(slot: 0.5, random: 0) == .seconds(2) && wait(slot: 0.5, random: 0.5) == .seconds(4))
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
    #expect(story.on(.arrival) == [] && story.courier.deadline == story.now + .seconds(10))
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
    let hello = story.on(.transport(.connected(receiveMaximum: nil)))
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

@Suite("The courier in good weather")
struct CourierTests {
  @Test("Connects, announces the device, fetches, publishes in order, acknowledges")
  func shipment() {
    var story = Story()
    #expect(story.on(.start) == [.connect(broker: 0)])
    let hello = story.on(.transport(.connected(receiveMaximum: nil)))
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
    #expect(published(actions) == [1, 2, 3, 4] && story.courier.inFlight == 4)
    // Twenty are at hand.
    #expect(actions.count == 4)
    for number in 1...7 as ClosedRange<UInt64> { #expect(published(story.accept(number)) == [number + 4]) }
    // Half of what is wanted is used up.
    #expect(story.accept(8).last == .fetch(after: 24, limit: 12, anew: false, ticket: 1))
    #expect(story.accept(9).count == 2 && story.courier.inFlight == 4)
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
