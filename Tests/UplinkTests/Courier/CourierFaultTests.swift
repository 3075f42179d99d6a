import Telemetry
import Testing

@testable import Uplink

@Suite("The courier when the network lies")
struct CourierFaultTests {
  @Test("A connect without an answer is given up at its deadline and tried again later")
  func noConnack() {
    var story = Story()
    #expect(story.on(.start) == [.connect(broker: 0)])
    #expect(story.on(.transport(.dialling("to 192.0.2.1"))) == [])
    #expect(story.courier.deadline == story.now + .seconds(5))
    #expect(story.on(.transport(.dialled)) == [])
    #expect(story.courier.deadline == story.now + .seconds(15))
    let actions = story.deadline()
    #expect(actions.first == .abandon)
    #expect(story.courier.deadline.map { $0 > story.now } == true)
    #expect(story.deadline() == [.connect(broker: 0)])
  }

  @Test("The time for the TCP connection begins when the name has been looked up, and ends with that of the attempt")
  func slowNameServer() {
    var story = Story()
    _ = story.on(.start)
    // All the time the transport heard nothing.
    story.wait(.seconds(9))
    #expect(story.on(.transport(.dialling("to 192.0.2.1"))) == [])
    #expect(story.on(.timer) == [])
    story.wait(.seconds(4))
    #expect(story.on(.timer) == [])
    story.wait(.seconds(1))
    let actions = story.on(.timer)
    let cause = CourierNote.Cause.noConnection(way: "to 192.0.2.1", after: .seconds(5))
    #expect(actions.first == .abandon)
    #expect("\(cause)" == "no TCP connection to 192.0.2.1 within 5.0 s")
    #expect(actions.contains { if case .note(.couldNotConnect(cause, _, _)) = $0 { true } else { false } })
    _ = story.deadline()
    story.wait(.seconds(13))
    _ = story.on(.transport(.dialling("over IPv6")))
    #expect(story.courier.deadline == story.now + .seconds(2))
    _ = story.deadline()
    _ = story.deadline()
    // The name server took all of it: there is no time for more.
    story.wait(.seconds(16))
    _ = story.on(.transport(.dialling("over IPv6")))
    #expect(story.on(.timer).contains { if case .note(.couldNotConnect(.noAnswer, _, _)) = $0 { true } else { false } })
  }

  @Test("A broker that acknowledges nothing is told of")
  func unacknowledged() {
    var story = Story()
    _ = story.on(.start)
    let actions = story.on(.transport(.connected(Capabilities(isAcknowledging: false))))
    #expect(actions.prefix(2) == [.note(.connected(broker: 0)), .note(.unacknowledged(broker: 0))])
    var other = Story()
    _ = other.on(.start)
    let told = other.on(.transport(.connected(Capabilities(keepsState: false))))
    #expect(told.prefix(2) == [.note(.connected(broker: 0)), .note(.stateNotKept(broker: 0))])
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
      _ = story.on(.transport(.failed(LinkFailure(.busy, "server shutting down"))))
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
    let actions = story.on(.transport(.connected(Capabilities())))
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

  private func refuse(_ story: inout Story, _ token: UInt64, _ kind: Refusal.Kind) -> [Courier.Action] {
    story.on(.transport(.acknowledged(.records(token), .refused(Refusal(kind, meaning: "no")))))
  }

  private func refused(_ kind: Refusal.Kind) -> CourierNote.Refused {
    CourierNote.Refused(stream: "hall", refusal: Refusal(kind, meaning: "no"))
  }

  @Test("Refused for now: nothing is sent for a while, and then everything that is left anew")
  func postponed() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...3), ticket: 1))
    _ = story.on(.fetched([], ticket: 1))
    let actions = refuse(&story, 1, .later)
    guard case .note(.postponed(refused(.later), retryIn: let wait)) = actions.last, actions.count == 1 else {
      Issue.record("\(actions)")
      return
    }
    #expect(story.on(.arrival) == [])
    #expect(story.accept(2) == [.acknowledge(2)])
    story.wait(wait)
    // One is still on its way.
    #expect(story.on(.timer) == [])
    #expect(story.courier.inFlight == 1)
    #expect(story.accept(3) == [.acknowledge(3), .fetch(after: nil, limit: 24, anew: true, ticket: 1)])
    #expect(published(story.on(.fetched(parcels(1...1), ticket: 1))) == [1])
  }

  @Test("Waits after refusals double, and begin anew when something is accepted")
  func patience() {
    var story = Story(inFlight: 1)
    story.connect()
    var waits: [Int64] = []
    for kind: Refusal.Kind? in [.later, .later, .later, nil, .later] {
      _ = story.on(.fetched(parcels(1...1), ticket: 1))
      _ = story.on(.fetched([], ticket: 1))
      guard let kind else {
        _ = story.on(.arrival)
        _ = story.accept(1)
        continue
      }
      _ = refuse(&story, 1, kind)
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
    #expect(refuse(&story, 1, .denied) == [.hold(1), .note(.denied(refused(.denied), retryIn: .seconds(60)))])
    #expect(story.accept(2) == [.acknowledge(2)])
    #expect(refuse(&story, 3, .denied) == [.hold(3)])
    _ = story.accept(4)
    #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
    #expect(story.now.nanoseconds == 60_000_000_000)
    #expect(story.on(.fetched([parcel(1), parcel(3)], ticket: 1)) == [.publish(Shipment([parcel(1)])), .hold(3)])
    #expect(refuse(&story, 1, .denied) == [.hold(1), .note(.denied(refused(.denied), retryIn: .seconds(120)))])
    _ = story.deadline()
    #expect(story.now.nanoseconds == 180_000_000_000)
    _ = story.on(.fetched([parcel(1), parcel(3)], ticket: 1))
    #expect(story.accept(1) == [.acknowledge(1), .fetchHeld(from: 2, limit: 4, ticket: 1)])
    #expect(published(story.on(.fetched([parcel(3)], ticket: 1))) == [3])
    #expect(story.accept(3) == [.acknowledge(3)])
    #expect(story.on(.fetched([], ticket: 1)) == [])
    #expect(story.courier.deadline == nil)
  }

  @Test("What follows of a stream that is held is held too, in order, until everything before it has gone")
  func heldStream() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([parcel(1, sensor: "a"), parcel(2, sensor: "b")], ticket: 1))
    _ = refuse(&story, 1, .denied)
    _ = story.accept(2)
    let later = [parcel(3, sensor: "a"), parcel(4, sensor: "b")]
    #expect(story.on(.fetched(later, ticket: 1)).prefix(2) == [.hold(3), .publish(Shipment([later[1]]))])
    _ = story.accept(4)
    _ = story.on(.fetched([], ticket: 1))
    _ = story.deadline()
    #expect(published(story.on(.fetched([parcel(1, sensor: "a")], ticket: 1))) == [1])
    // While the first of it is tried, another comes: it has to wait for its turn.
    _ = story.on(.arrival)
    #expect(story.on(.fetched([parcel(5, sensor: "a")], ticket: 1)).first == .hold(5))
    _ = story.on(.fetched([], ticket: 1))
    #expect(story.accept(1).contains(.fetchHeld(from: 2, limit: 4, ticket: 1)))
    #expect(published(story.on(.fetched([parcel(3, sensor: "a"), parcel(5, sensor: "a")], ticket: 1))) == [3, 5])
    _ = story.on(.fetched([], ticket: 1))
    _ = story.on(.arrival)
    #expect(published(story.on(.fetched([parcel(6, sensor: "a")], ticket: 1))) == [6])
  }

  @Test("Two streams that are held are tried one by one; what one of them is allowed changes nothing for the other")
  func twoHeld() {
    var story = Story()
    story.connect()
    let all = [parcel(1, sensor: "a"), parcel(2, sensor: "b"), parcel(3, sensor: "a"), parcel(4, sensor: "b")]
    _ = story.on(.fetched(all, ticket: 1))
    _ = story.on(.fetched([], ticket: 1))
    for number in 1...4 as ClosedRange<UInt64> { _ = refuse(&story, number, .denied) }
    #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
    let actions = story.on(.fetched(all, ticket: 1))
    #expect(published(actions) == [1, 2])
    #expect(actions.contains(.hold(3)))
    #expect(actions.contains(.hold(4)))
    #expect(refuse(&story, 2, .denied).first == .hold(2))
    #expect(story.accept(1).contains(.fetchHeld(from: 2, limit: 4, ticket: 1)))
    let rest = story.on(.fetched([all[1], all[2], all[3]], ticket: 1))
    #expect(published(rest) == [3])
    #expect(rest.contains(.hold(2)))
    #expect(rest.contains(.hold(4)))
    _ = story.on(.fetched([], ticket: 1))
    _ = story.accept(3)
    // Of `a` nothing is held any more.
    _ = story.on(.arrival)
    #expect(published(story.on(.fetched([parcel(5, sensor: "a"), parcel(6, sensor: "b")], ticket: 1))) == [5])
  }

  @Test("A new connection tries what is held once it has heard what was on its way on the last")
  func deniedThenReconnected() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    _ = refuse(&story, 1, .denied)
    _ = story.on(.transport(.failed(reset)))
    _ = story.deadline()
    #expect(
      story.on(.transport(.connected(Capabilities()))).last == .fetch(after: nil, limit: 24, anew: true, ticket: 2)
    )
    #expect(story.on(.fetched([], ticket: 2)) == [.fetchHeld(from: 1, limit: 4, ticket: 2)])
  }

  @Test("What will never be accepted is set aside, and blocks nothing", arguments: [Refusal.Kind.never, .tooLarge])
  func rejected(_ kind: Refusal.Kind) {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    #expect(
      refuse(&story, 1, kind) == [
        .reject(parcel(1), refused(kind)), .note(.rejected(refused(kind))),
      ])
    #expect(story.accept(2) == [.acknowledge(2)])
  }

  @Test("A batch that is too much is sent one by one, and only the one that is refused again is set aside")
  func rejectedBatch() {
    var story = Story { $0.batch = 10 }
    story.connect()
    #expect(published(story.on(.fetched(parcels(1...3), ticket: 1))) == [1])
    #expect(published(refuse(&story, 1, .tooLarge)) == [1, 2, 3])
    #expect(refuse(&story, 2, .tooLarge).first == .reject(parcel(2), refused(.tooLarge)))
    #expect(story.accept(1).contains(.acknowledge(1)))
    #expect(story.accept(3).contains(.acknowledge(3)))
  }

  @Test("What is held and cannot be read at the moment stays held, and is tried again after half a minute")
  func heldCutShort() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    for number in 1...2 as ClosedRange<UInt64> { _ = refuse(&story, number, .denied) }
    _ = story.on(.fetched([], ticket: 1))
    #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
    let tried = story.now
    _ = story.on(.fetched([], ticket: 1, isCutShort: true))
    // The later records of the stream wait for it.
    _ = story.on(.arrival)
    #expect(story.on(.fetched([parcel(3)], ticket: 1)).first == .hold(3))
    _ = story.on(.fetched([], ticket: 1))
    #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
    #expect(story.now == tried + .seconds(30))
    #expect(published(story.on(.fetched(parcels(1...3), ticket: 1))) == [1])
    #expect(story.accept(1).last == .fetchHeld(from: 2, limit: 4, ticket: 1))
    #expect(published(story.on(.fetched(parcels(2...3), ticket: 1, isCutShort: true))) == [2, 3])
  }

  @Test("What is freed while the spool looks for others that are held is looked for too")
  func freedMeanwhile() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched([parcel(1, sensor: "a"), parcel(2, sensor: "a"), parcel(5, sensor: "b")], ticket: 1))
    for number in [1, 2, 5] as [UInt64] { _ = refuse(&story, number, .denied) }
    _ = story.on(.fetched([], ticket: 1))
    #expect(story.deadline() == [.fetchHeld(from: 1, limit: 4, ticket: 1)])
    let actions = story.on(
      .fetched([parcel(1, sensor: "a"), parcel(2, sensor: "a"), parcel(5, sensor: "b")], ticket: 1))
    #expect(published(actions) == [1, 5])
    #expect(story.accept(5).last == .fetchHeld(from: 6, limit: 3, ticket: 1))
    // The broker takes `a`, too, before the spool has answered.
    _ = story.accept(1)
    #expect(story.on(.fetched([], ticket: 1)) == [.fetchHeld(from: 2, limit: 4, ticket: 1)])
    #expect(published(story.on(.fetched([parcel(2, sensor: "a")], ticket: 1))) == [2])
  }

  @Test("A record that nobody can read is dropped and told; the others go")
  func malformed() {
    var story = Story()
    story.connect()
    let actions = story.on(.fetched([parcel(1), Parcel(number: 2, record: [9]), parcel(3)], ticket: 1))
    #expect(published(actions) == [1, 3])
    #expect(actions.contains { if case .discard(Parcel(number: 2, record: [9]), _) = $0 { true } else { false } })
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
    let actions = story.on(.transport(.connected(Capabilities(window: maximum))))
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
