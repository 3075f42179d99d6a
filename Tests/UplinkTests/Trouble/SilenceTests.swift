import Telemetry
import Testing

@testable import Uplink

/// A path on which small packets pass and large ones vanish, without a word: a tunnel with a smaller MTU. What is behind a
/// lost packet does not arrive either.
@Suite("Connections that fall silent")
struct SilenceTests {
  /// A courier, a spool and such a path.
  private struct Path {
    var story: Story
    var spooled: [Parcel]
    var held: Set<UInt64> = []
    /// The path takes messages of so many readings, and these numbers not even alone.
    var capacity = 1
    var swallowed: Set<UInt64> = []
    var takesGreeting = true
    /// Of gaps it takes those with so many spans.
    var largestGap = Int.max
    private(set) var arrived: [UInt64] = []
    private(set) var notes: [CourierNote] = []
    /// The number of messages that were on their way at one time, at most, since it was set to 0.
    var most = 0
    private var isSilent = false
    private var events: [Courier.Event] = []

    init(_ parcels: [Parcel], _ set: (inout CourierLimits) -> Void = { _ in }) {
      story = Story(inFlight: 4) { limits in
        limits.batch = 10
        set(&limits)
      }
      spooled = parcels
    }

    /// One connection, until nothing happens any more or it has ended. `most`: turns.
    mutating func connection(_ turns: Int = 200) {
      if !story.courier.isConnected {
        perform(story.courier.deadline == nil ? story.on(.start) : story.deadline())
        isSilent = false
        perform(story.on(.transport(.connected(Capabilities()))))
      }
      for _ in 0..<turns {
        if !events.isEmpty {
          perform(story.on(events.removeFirst()))
        } else if story.courier.inFlight > 0 || story.courier.deadline != nil {
          perform(story.deadline())
        }
        if !story.courier.isConnected || (events.isEmpty && story.courier.inFlight == 0 && spooledFree.isEmpty) {
          break
        }
      }
    }

    var spooledFree: [Parcel] { spooled.filter { !held.contains($0.number) } }

    mutating func add(_ parcels: [Parcel]) {
      spooled += parcels
      if story.courier.isConnected { perform(story.on(.arrival)) }
    }

    private mutating func perform(_ actions: [Courier.Action]) {
      for action in actions { perform(action) }
      most = max(most, story.courier.inFlight)
    }

    private mutating func perform(_ action: Courier.Action) {
      switch action {
      case .abandon: (isSilent, events) = (true, [])
      case .announce(online: true):
        if !takesGreeting { isSilent = true }
        if !isSilent { events.append(.greeted) }
      case .fetch(let after, let limit, _, let ticket):
        let next = spooledFree.filter { $0.number > after ?? 0 }.prefix(limit)
        events.append(.fetched(Array(next), ticket: ticket))
      case .fetchHeld(let first, let limit, let ticket):
        let next = spooled.filter { held.contains($0.number) && $0.number >= first }.prefix(limit)
        held.subtract(next.map(\.number))
        events.append(.fetched(Array(next), ticket: ticket))
      case .publish(let shipment):
        let isLost =
          shipment.parcels.count > capacity || !swallowed.isDisjoint(with: shipment.numbers)
          || shipment.parcels.contains { $0.gap.map { $0.spans.count > largestGap } ?? false }
        if isLost { isSilent = true }
        guard !isSilent else { return }
        arrived += shipment.numbers
        events.append(.transport(.acknowledged(.records(shipment.token), .accepted)))
      case .hold(let number): held.insert(number)
      case .acknowledge(let number): spooled.removeAll { $0.number == number }
      case .divide(let parcel):
        spooled.removeAll { $0.number == parcel.number }
        let last = (spooled.map(\.number) + arrived + [parcel.number]).max() ?? 0
        let half = (parcel.gap?.spans.count ?? 0) / 2
        add([gapParcel(last + 1, spans: half), gapParcel(last + 2, spans: (parcel.gap?.spans.count ?? 0) - half)])
      case .reject, .discard: Issue.record("\(action)")
      case .note(let note): notes.append(note)
      case .connect, .announce, .disconnect, .finished: break
      }
    }
  }

  private func tells(_ path: Path, _ isIt: (CourierNote) -> Bool) -> Bool { path.notes.contains(where: isIt) }

  @Test("Where batches vanish, everything arrives after two silent connections, one reading at a time and in order")
  func batches() {
    var path = Path(parcels(1...60))
    path.connection()
    path.connection()
    #expect(path.arrived.isEmpty)
    #expect(path.notes.contains(.narrowed))
    path.most = 0
    path.connection()
    #expect(path.arrived == Array(1...60))
    #expect(path.most == 1)
    #expect(path.story.courier.isConnected)
    // And so does what comes later, on the same connection.
    path.add(parcels(61...70))
    path.connection()
    #expect(path.arrived == Array(1...70))
    #expect(path.most == 1)
  }

  @Test("It is the same where a sensor's large batch vanishes while another's small messages arrive each time")
  func someArrive() {
    let all = [parcel(1, sensor: "door")] + (2...30).map { parcel($0) }
    var path = Path(all)
    path.connection()
    #expect(path.arrived == [1])
    for number in 31...34 as ClosedRange<UInt64> {
      path.add([parcel(number, sensor: "door")])
      path.connection()
    }
    #expect(Set(path.arrived) == Set(1...34), "\(path.arrived)")
  }

  @Test(
    "After some minutes batches are tried again; while they vanish the next try is twice as long away, at one silence")
  func recovery() {
    var path = Path(parcels(1...20))
    for _ in 1...3 { path.connection() }
    #expect(path.spooled.isEmpty)
    let begin = path.story.now
    path.story.wait(.seconds(300))
    path.add(parcels(21...40))
    path.connection()
    #expect(!path.story.courier.isConnected)
    #expect(path.notes.count { $0 == .narrowed } == 2)
    path.connection()
    #expect(path.spooled.isEmpty)
    #expect(path.story.now - begin < .seconds(400))
    path.story.wait(.seconds(500))
    path.add(parcels(41...60))
    path.most = 0
    path.connection()
    #expect(path.spooled.isEmpty)
    #expect(path.most == 1)
    path.story.wait(.seconds(101))
    path.capacity = 10
    path.add(parcels(61...160))
    path.connection()
    #expect(path.spooled.isEmpty)
    #expect(path.most == 4)
    #expect(path.story.courier.isConnected)
  }

  @Test("One that vanishes even alone waits, for ever if need be, and the others go on")
  func oneMessage() {
    var path = Path((1...9).map { parcel($0, sensor: "s\($0)") }) { $0.batch = 1 }
    path.swallowed = [3]
    for _ in 1...6 { path.connection() }
    #expect(path.spooled.map(\.number) == [3])
    #expect(path.held == [3])
    #expect(tells(path) { if case .unanswered("s3", retryIn: .seconds(60)) = $0 { true } else { false } })
    for _ in 1...12 {
      path.story.wait(.seconds(900))
      path.add([parcel(UInt64(100 + path.arrived.count), sensor: "b")])
      path.connection()
      path.connection()
    }
    #expect(path.spooled.map(\.number) == [3], "\(path.spooled.map(\.number))")
    path.swallowed = []
    path.story.wait(.seconds(900))
    path.connection()
    path.connection()
    #expect(path.spooled.isEmpty)
  }

  @Test("One that vanishes waits longer after each try, also when nothing else is to be sent")
  func alone() {
    var path = Path([parcel(1, sensor: "a"), parcel(2, sensor: "b")]) { $0.batch = 1 }
    path.swallowed = [1]
    for _ in 1...40 { path.connection() }
    let waits = path.notes.compactMap { if case .unanswered(_, let wait) = $0 { wait } else { nil } }
    #expect(path.held == [1], "\(waits)")
    #expect(waits.prefix(4) == [.seconds(60), .seconds(120), .seconds(240), .seconds(480)], "\(waits)")
  }

  @Test("A gap that vanishes is divided until its parts arrive")
  func gap() {
    var path = Path([parcel(1, sensor: "a"), gapParcel(2, spans: 8)]) { $0.batch = 1 }
    path.largestGap = 3
    for _ in 1...80 { path.connection() }
    #expect(path.spooled.isEmpty, "\(path.spooled.map(\.number)) wait")
    #expect(path.arrived.count == 5, "\(path.arrived)")
  }

  @Test("What was once not answered is not given up either when connections break off at it")
  func silenceIsNoBreak() {
    var held = HeldStreams()
    let now = Uptime(nanoseconds: 0)
    let silences = (1...9).map { _ in held.brokeOff(at: parcel(3), isSilence: true, at: now) }
    #expect(!silences.contains(.giveUp))
    #expect(!held.isBreaking(parcel(3)))
    #expect(held.holds(parcel(3)))
    let broken = held.brokeOff(at: parcel(3), isSilence: false, at: now)
    #expect(broken != .giveUp)
  }

  @Test("A state that vanishes is left out, and tried again with nothing behind it")
  func greeting() {
    var path = Path(parcels(1...5)) { $0.batch = 1 }
    path.takesGreeting = false
    for _ in 1...4 { path.connection() }
    #expect(tells(path) { if case .greetingUnanswered(retryIn: .seconds(60)) = $0 { true } else { false } })
    path.connection()
    #expect(path.spooled.isEmpty)
    #expect(path.story.courier.isConnected)
    #expect(!path.story.courier.isAnnounced)
    // On the same connection, which may last for weeks.
    path.takesGreeting = true
    #expect(path.story.deadline().contains(.announce(online: true)))
    _ = path.story.on(.greeted)
    #expect(path.story.courier.isAnnounced)
    #expect(path.story.courier.isConnected)
  }

  @Test("A broker that answers to nothing makes no message wait, and has everything at once when it is back")
  func muteBroker() {
    var path = Path(parcels(1...30))
    (path.capacity, path.takesGreeting) = (0, false)
    for _ in 1...30 { path.connection() }
    #expect(path.held.isEmpty)
    #expect(path.arrived.isEmpty)
    (path.capacity, path.takesGreeting) = (10, true)
    path.connection()
    #expect(path.arrived == Array(1...30))
  }

  @Test("The kernel's verdict, that what was written is not acknowledged, is silence too")
  func kernel() {
    var story = Story { $0.batch = 10 }
    var found: [Courier.Action] = []
    for _ in 1...2 {
      story.connect()
      _ = story.on(.fetched(parcels(1...20), ticket: story.courier.connections))
      story.wait(.seconds(7))
      found = story.on(.transport(.failed(LinkFailure(.broken, "Connection timed out"))))
    }
    #expect(found.contains(.note(.narrowed)))
  }
}

@Suite("What the broker has not answered to")
struct ProgressTests {
  @Test("Time counts while something is on its way, over connections, and ends with an answer")
  func silence() {
    var story = Story()
    story.connect()
    story.wait(.seconds(100))
    #expect(story.courier.lacksProgress(at: story.now) == .zero)
    _ = story.on(.fetched(parcels(1...2), ticket: 1))
    _ = story.deadline()
    #expect(story.courier.lacksProgress(at: story.now) == .seconds(8))
    story.wait(.seconds(50))
    #expect(story.courier.lacksProgress(at: story.now) == .seconds(8), "not without a connection")
    story.connect()
    _ = story.on(.fetched(parcels(1...2), ticket: 2))
    story.wait(.seconds(3))
    #expect(story.courier.lacksProgress(at: story.now) == .seconds(11))
    _ = story.accept(1)
    #expect(story.courier.lacksProgress(at: story.now) == .zero)
    story.wait(.seconds(2))
    #expect(story.courier.lacksProgress(at: story.now) == .seconds(2))
    _ = story.accept(2)
    story.wait(.seconds(1_000))
    #expect(story.courier.lacksProgress(at: story.now) == .zero)
  }

  @Test("A broker that puts everything off makes no progress")
  func postponed() {
    var story = Story()
    story.connect()
    _ = story.on(.fetched(parcels(1...1), ticket: 1))
    _ = story.on(.transport(.acknowledged(.records(1), .refused(Refusal(.later, meaning: "quota")))))
    story.wait(.seconds(20))
    #expect(story.courier.lacksProgress(at: story.now) == .seconds(20))
  }
}

@Suite("Connections that are ended from outside")
struct FlappingTests {
  private func flaps(_ actions: [Courier.Action]) -> Int? {
    actions.compactMap { if case .note(.flapping(let count, _)) = $0 { count } else { nil } }.first
  }

  /// A connection that delivers everything, and then ends.
  private func connection(_ story: inout Story, _ number: UInt64, lasts: Duration, _ failure: LinkFailure = reset)
    -> Int?
  {
    story.connect()
    _ = story.on(.greeted)
    _ = story.on(.fetched([parcel(number)], ticket: story.courier.connections))
    _ = story.accept(number)
    story.wait(lasts)
    return flaps(story.on(.transport(.failed(failure))))
  }

  private func connections(
    _ story: inout Story, _ numbers: ClosedRange<UInt64>, lasts: Duration, _ failure: LinkFailure = reset
  ) -> [Int?] {
    var counts: [Int?] = []
    for number in numbers { counts.append(connection(&story, number, lasts: lasts, failure)) }
    return counts
  }

  @Test("Five in a row that end soon after their start are told, and each that follows; one that lasts ends it")
  func twins() {
    var story = Story { $0.retryCeiling = .seconds(4) }
    #expect(connections(&story, 1...7, lasts: .seconds(2)) == [nil, nil, nil, nil, 5, 6, 7])
    #expect(connection(&story, 8, lasts: .seconds(35)) == nil)
    #expect(connections(&story, 9...13, lasts: .seconds(2)) == [nil, nil, nil, nil, 5])
  }

  @Test("Two devices with a long wait between attempts are noticed too")
  func longWaits() {
    var story = Story { $0.retryCeiling = .seconds(60) }
    #expect(connections(&story, 1...5, lasts: .seconds(50)) == [nil, nil, nil, nil, 5])
  }

  @Test("A broker that says why it leaves, or a poisoned message, is no other device")
  func others() {
    var story = Story()
    let busy = LinkFailure(.busy, "server shutting down")
    let told = connections(&story, 1...9, lasts: .seconds(1), busy).compactMap { $0 }
    #expect(told.isEmpty)
    var counts: [Int] = []
    for _ in 1...6 {
      story.connect()
      _ = story.on(.greeted)
      _ = story.on(.fetched([parcel(20)], ticket: story.courier.connections))
      counts += flaps(story.on(.transport(.failed(reset)))).map { [$0] } ?? []
    }
    #expect(counts.isEmpty)
  }

  @Test("A takeover that the broker does tell counts")
  func takeover() {
    var story = Story()
    let takeover = LinkFailure(.takenOver, "session taken over")
    #expect(connections(&story, 1...5, lasts: .seconds(1), takeover) == [nil, nil, nil, nil, 5])
  }
}

@Suite("What is on its way")
struct DeliveryWindowTests {
  @Test("A token that is sent a second time counts from then: the first part of a batch has the batch's token")
  func sentAgain() {
    var window = DeliveryWindow(capacity: 9)
    func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }
    window.add(Shipment([parcel(3)]), at: at(0))
    window.add(Shipment(parcels(5...6)), at: at(0))
    _ = window.remove(5, at: at(7))
    window.add(Shipment([parcel(5)]), at: at(7))
    window.add(Shipment([parcel(6)]), at: at(7))
    #expect(window.oldest == at(0))
    _ = window.remove(3, at: at(7))
    #expect(window.oldest == at(7))
    #expect(window.first == Shipment([parcel(5)]))
    #expect(window.count == 2)
    _ = window.remove(5, at: at(7))
    _ = window.remove(6, at: at(7))
    #expect(window.oldest == nil)
    #expect(window.isEmpty)
  }

  @Test("A batch that was refused late does not make the connection overdue")
  func notOverdue() {
    var story = Story { $0.batch = 10 }
    story.connect()
    _ = story.on(.fetched([parcel(3, sensor: "a"), parcel(5), parcel(6)], ticket: 1))
    story.wait(.seconds(7))
    _ = story.on(.transport(.acknowledged(.records(5), .refused(Refusal(.tooLarge, meaning: "too large")))))
    _ = story.accept(3)
    story.wait(.seconds(1))
    #expect(!story.on(.timer).contains(.abandon))
    #expect(story.courier.isConnected)
  }
}
