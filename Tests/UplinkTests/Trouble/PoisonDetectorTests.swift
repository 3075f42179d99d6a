import Telemetry
import Testing

@testable import Uplink

@Suite("Connections that break off")
struct SuspicionTests {
  /// A connection on which everything before number `poison` is accepted and at which it breaks off. Returns what the
  /// courier then does.
  private func connection(_ story: inout Story, _ waiting: [Parcel], breaksAt poison: UInt64?, greeted: Bool = true)
    -> [Courier.Action]
  {
    story.connect()
    let ticket = story.courier.connections
    var actions = story.on(.fetched(waiting, ticket: ticket))
    if greeted { actions += story.on(.greeted) }
    var sent = published(actions)
    while let number = sent.first {
      if number == poison { break }
      sent.removeFirst()
      sent += published(story.accept(number))
    }
    return story.on(.transport(.failed(reset)))
  }

  private func broken(_ actions: [Courier.Action]) -> [Courier.Action] {
    actions.filter { if case .note(.lostConnection) = $0 { false } else { true } }
  }

  /// Number 3, of `a`, cannot be sent.
  private let waiting = [parcel(3, sensor: "a"), parcel(4, sensor: "b"), parcel(5, sensor: "b")]

  /// Up to the verdict.
  private func convicted() -> Story {
    var story = Story { $0.retryCeiling = .seconds(1) }
    for round in 1...6 {
      let actions = broken(connection(&story, waiting, breaksAt: 3))
      switch round {
      case 3: #expect(actions == [.note(.suspicious)])
      case 6: #expect(actions == [.hold(3), .note(.breaksOff(stream: "a", retryIn: .seconds(5)))])
      default: #expect(actions == [], "round \(round)")
      }
    }
    return story
  }

  /// A connection on which these wait that are not held, and on which all of them are accepted; then what is held is tried,
  /// which is `found`, and the connection breaks off. Returns what the courier then does.
  private func probe(_ story: inout Story, _ free: [Parcel], _ found: [Parcel]) -> [Courier.Action] {
    story.connect()
    let ticket = story.courier.connections
    var actions = story.on(.greeted) + story.on(.fetched(free, ticket: ticket))
    while let number = published(actions).first { actions = story.accept(number) }
    if !free.isEmpty { actions += story.on(.fetched([], ticket: ticket)) }
    for _ in 1...99 where !actions.contains(where: { if case .fetchHeld = $0 { true } else { false } }) {
      actions = story.deadline()
    }
    #expect(published(story.on(.fetched(found, ticket: ticket))) == [found[0].number])
    // It is alone.
    _ = story.on(.arrival)
    #expect(story.courier.inFlight == 1)
    return broken(story.on(.transport(.failed(reset))))
  }

  @Test("A message at which every connection breaks off is found, its stream is held in order, and the others go on")
  func found() {
    var story = convicted()
    story.connect()
    let ticket = story.courier.connections
    _ = story.on(.greeted)
    let actions = story.on(.fetched([waiting[1], waiting[2], parcel(6, sensor: "a")], ticket: ticket))
    #expect(published(actions) == [4])
    #expect(actions.contains(.hold(6)))
    #expect(published(story.accept(4)) == [5])
    #expect(published(story.accept(5)) == [])
  }

  @Test("When it breaks off again, the next one of its stream is tried, and when that is taken, the others go on")
  func othersOfStream() {
    var story = convicted()
    #expect(probe(&story, [], [waiting[0]]) == [.hold(3), .note(.breaksOff(stream: "a", retryIn: .seconds(10)))])
    #expect(probe(&story, [], [waiting[0]]) == [.hold(3), .note(.breaksOff(stream: "a", retryIn: .seconds(60)))])
    story.connect()
    let ticket = story.courier.connections
    _ = story.on(.greeted)
    #expect(story.on(.fetched([], ticket: ticket)) == [.fetchHeld(from: 4, limit: 1, ticket: ticket)])
    #expect(published(story.on(.fetched([parcel(6, sensor: "a")], ticket: ticket))) == [6])
    #expect(story.accept(6).last == .fetchHeld(from: 7, limit: 1, ticket: ticket))
    _ = story.on(.fetched([], ticket: ticket))
    _ = story.on(.arrival)
    #expect(published(story.on(.fetched([parcel(9, sensor: "a")], ticket: ticket))) == [9])
  }

  @Test("When the next one of its stream breaks off too, the whole stream is held, and tried in order")
  func stream() {
    var story = convicted()
    let next = parcel(6, sensor: "a")
    _ = probe(&story, [], [waiting[0]])
    _ = probe(&story, [], [waiting[0]])
    let verdict = probe(&story, [], [next])
    #expect(verdict == [.hold(6), .note(.breaksOff(stream: "a", retryIn: .seconds(60)))])
    for _ in 1...20 {
      let again = probe(&story, [parcel(8, sensor: "b")], [waiting[0]])
      #expect(again.first == .hold(3))
      #expect(probe(&story, [], [next]).first == .hold(6))
    }
  }

  @Test("While one is looked for, nothing is sent before the greeting is answered, and then one at a time")
  func carefully() {
    var story = Story()
    for _ in 1...3 { _ = connection(&story, waiting, breaksAt: 3) }
    story.connect()
    let ticket = story.courier.connections
    #expect(published(story.on(.fetched(waiting, ticket: ticket))) == [])
    #expect(published(story.on(.greeted)) == [3])
    #expect(published(story.accept(3)) == [4])
    #expect(story.courier.inFlight == 1)
    #expect(published(story.accept(4)) == [5])
    _ = story.accept(5)
    // Two windows without a break, and all is as before.
    _ = story.on(.fetched(parcels(10...20), ticket: ticket))
    for number in 10...14 as ClosedRange<UInt64> { _ = story.accept(number) }
    #expect(story.courier.inFlight == 4)
  }

  @Test("A broker that does not answer to the greeting gets messages all the same, later")
  func noGreeting() {
    var story = Story()
    for _ in 1...3 { _ = connection(&story, waiting, breaksAt: 3) }
    story.connect()
    _ = story.on(.fetched(waiting, ticket: story.courier.connections))
    #expect(published(story.deadline()) == [3])
  }

  @Test("What breaks off while all others pass is given up when that goes on")
  func givenUp() {
    var story = convicted()
    _ = probe(&story, [waiting[1], waiting[2]], [waiting[0]])
    _ = probe(&story, [], [waiting[0]])
    // The next of its stream is tried, and taken.
    story.connect()
    let ticket = story.courier.connections
    _ = story.on(.greeted)
    _ = story.on(.fetched([parcel(7, sensor: "b")], ticket: ticket))
    #expect(published(story.on(.fetched([parcel(6, sensor: "a")], ticket: ticket))) == [6])
    var actions = story.accept(6)
    actions += story.on(.fetched([], ticket: ticket))
    #expect(published(actions) == [7])
    _ = story.accept(7)
    actions = story.on(.fetched([], ticket: ticket))
    for _ in 1...99 where !actions.contains(where: { if case .fetchHeld = $0 { true } else { false } }) {
      actions = story.deadline()
    }
    #expect(published(story.on(.fetched([waiting[0]], ticket: ticket))) == [3])
    let verdicts = broken(story.on(.transport(.failed(reset))))
    guard case .reject(waiting[0], let refused)? = verdicts.first else {
      Issue.record("\(verdicts)")
      return
    }
    #expect(refused.refusal.kind == .never)
    #expect(verdicts.last == .note(.rejected(refused)))
  }

  @Test("A held one that is taken at last is as any other")
  func pardoned() {
    var story = convicted()
    story.connect()
    let ticket = story.courier.connections
    _ = story.on(.greeted)
    var actions = story.on(.fetched([], ticket: ticket))
    for _ in 1...99 where !actions.contains(.fetchHeld(from: 3, limit: 1, ticket: ticket)) {
      actions = story.deadline()
    }
    _ = story.on(.fetched([waiting[0]], ticket: ticket))
    #expect(story.accept(3) == [.acknowledge(3), .fetchHeld(from: 4, limit: 1, ticket: ticket)])
    _ = story.on(.fetched([], ticket: ticket))
    #expect(story.courier.deadline == nil)
  }

  @Test("When it is the greeting, the connection does without for a while")
  func greeting() {
    var story = Story()
    for round in 1...6 {
      let actions = broken(connection(&story, waiting, breaksAt: 3, greeted: false))
      if round == 6 { #expect(actions == [.note(.greetingBreaksOff(retryIn: .seconds(900)))]) }
    }
    _ = story.deadline()
    let actions = story.on(.transport(.connected(Capabilities())))
    #expect(!actions.contains(.announce(online: true)))
    #expect(!story.courier.isAnnounced)
    #expect(published(story.on(.fetched(waiting, ticket: story.courier.connections))) == [3])
    story.wait(.seconds(900))
    _ = story.on(.transport(.failed(reset)))
    _ = story.deadline()
    #expect(story.on(.transport(.connected(Capabilities()))).contains(.announce(online: true)))
  }

  @Test("A network that fails blames one message at most, and gives none up", arguments: [true, false])
  func weather(_ isSilent: Bool) {
    var story = Story()
    var blamed: Set<UInt64> = []
    for _ in 1...20 {
      story.connect()
      _ = story.on(.greeted)
      _ = story.on(.fetched(waiting, ticket: story.courier.connections))
      story.wait(.seconds(isSilent ? 8 : 5))
      let actions = isSilent ? story.on(.timer) : story.on(.transport(.failed(reset)))
      blamed.formUnion(actions.compactMap { if case .hold(let number) = $0 { number } else { nil } })
      #expect(!actions.contains { if case .reject = $0 { true } else { false } }, "\(actions)")
    }
    #expect(blamed.count <= 1)
  }

  @Test(
    "A broker that leaves for reasons of its own blames nobody",
    arguments: [LinkFailure.Kind.busy, .takenOver])
  func leaving(_ kind: LinkFailure.Kind) {
    var story = Story()
    for _ in 1...20 {
      story.connect()
      _ = story.on(.fetched(waiting, ticket: story.courier.connections))
      let actions = story.on(.transport(.failed(LinkFailure(kind, "?"))))
      #expect(actions.allSatisfy { $0.blamesNobody })
    }
  }

  @Test("Connections that break off at another message each time blame nobody")
  func progress() {
    var story = Story()
    for number in 1...40 as ClosedRange<UInt64> {
      let actions = connection(&story, [parcel(number), parcel(number + 1)], breaksAt: number)
      #expect(actions.allSatisfy { $0.blamesNobody })
    }
  }
}

extension Courier.Action {
  /// No message is held or given up.
  fileprivate var blamesNobody: Bool {
    switch self {
    case .note(.lostConnection), .note(.narrowed), .note(.greetingUnanswered), .note(.flapping): true
    default: false
    }
  }
}
