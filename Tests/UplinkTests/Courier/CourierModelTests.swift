import Telemetry
import TestSupport
import Testing

@testable import Uplink

/// A broker and a network without mercy: parcels are lost with connections, acknowledgements come late or never. At the
/// end the weather is good, and everything must have arrived, in order.
@Suite("The courier in every weather")
struct CourierModelTests {
  /// Weather in which an innocent message was given up, or the order broken.
  private static let known = [87, 112, 147, 578]

  @Test(
    "Nothing is lost, nothing is acknowledged that did not arrive, order holds per connection",
    arguments: (1...60) + known)
  func everyWeather(_ seed: Int) {
    var world = CourierWorld(seed: seed)
    for step in 0..<40_000 where !world.isDone { world.turn(isFair: step > 3_000) }
    #expect(world.isDone, "seed \(seed): never delivered: \(world.spooled.sorted())")
  }

  @Test("With one message at a time the order holds over refusals too", arguments: (1...30) + known)
  func oneAtATime(_ seed: Int) {
    var world = CourierWorld(seed: seed, oneAtATime: true)
    for step in 0..<40_000 where !world.spooled.isEmpty { world.turn(isFair: step > 3_000) }
    #expect(world.spooled.isEmpty, "seed \(seed): never delivered: \(world.spooled.sorted())")
    #expect(world.wasRefused, "seed \(seed): never delivered: \(world.spooled.sorted())")
    #expect(world.accepted == Set(1...CourierWorld.total), "seed \(seed)")
  }
}

/// A courier, the spool behind it, and the broker before it.
private struct CourierWorld {
  static let total: UInt64 = 200

  private let seed: Int
  private let isStrict: Bool
  private let refuses: Bool
  /// The broker breaks off whenever it is sent.
  private let poison: UInt64?
  private var random: SeededRandom
  private var courier: Courier
  private var now = Uptime(nanoseconds: 0)
  private var queue: [Courier.Event] = [.start]

  private(set) var spooled = Set(1...total)
  private var held: Set<UInt64> = []

  /// Where no other message follows that could show that it alone is to blame, what breaks the connection waits for ever.
  var isDone: Bool {
    guard spooled.count <= 1 else { return false }
    return spooled.allSatisfy { $0 == poison } && accepted.count + spooled.count == Int(Self.total)
  }

  private(set) var accepted: Set<UInt64> = []
  /// Of each stream the newest that was accepted.
  private var newest: [UInt64: UInt64] = [:]
  /// Of what is on its way beside a refused message, some arrives: from then on the order need not be that of the spool.
  private(set) var wasRefused = false
  private var answers: [(token: UInt64, answer: Acknowledgement)] = []

  private var isDialling = false
  private var isUp = false
  private var isDropping = false

  init(seed: Int, oneAtATime: Bool = false) {
    self.seed = seed
    isStrict = oneAtATime
    refuses = oneAtATime || seed % 2 == 0
    poison = !oneAtATime && seed % 3 == 0 ? 50 + UInt64(seed) : nil
    random = SeededRandom(seed: UInt64(seed))
    var limits = CourierLimits()
    (limits.inFlight, limits.batch) = oneAtATime ? (1, 1) : (1 + seed % 7, 1 + seed % 3)
    (limits.connect, limits.acknowledge) = (.seconds(5), .seconds(3))
    limits.rate = seed % 5 == 0 ? 40 : nil
    limits.gather = seed % 4 == 0 ? .seconds(1) : .zero
    courier = Courier(limits: limits)
  }

  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  private static func parcel(_ number: UInt64, isAhead: Bool = false) -> Parcel {
    let reading = Reading(
      identity: Identity(sensor: "s\(number % 2)", epoch: 1, sequence: number),
      time: Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false),
      quantities: [], quality: .good)
    return Parcel(number: number, record: ReportCoder.encode(.reading(reading)), isAhead: isAhead)
  }

  /// One event, and what comes of it.
  mutating func turn(isFair: Bool) {
    guard let event = event(isFair: isFair) else { return }
    for action in courier.handle(event, at: now, random: 0.5) { perform(action, isFair: isFair) }
  }

  /// Nil: nothing happens, and only the deadline helps.
  private mutating func event(isFair: Bool) -> Courier.Event? {
    // Between a question to the spool and its answer the broker can answer, too.
    if !queue.isEmpty, !isUp || answers.isEmpty || chance(70) { return queue.removeFirst() }
    if isDialling {
      isDialling = false
      if !isFair, chance(40) {
        return .transport(.failed(LinkFailure(.broken, "refused")))
      }
      if !isFair, chance(20) { return nil }
      (isUp, isDropping) = (true, false)
      return .transport(.connected(Capabilities()))
    }
    if isUp, !isFair, chance(10) { return lost() }
    if isUp, !answers.isEmpty, isFair || chance(70) {
      let (token, answer) = answers.remove(at: Int(random.next() % UInt64(answers.count)))
      return .transport(.acknowledged(.records(token), answer))
    }
    now = max(now + .milliseconds(100), courier.deadline ?? now)
    return .timer
  }

  private mutating func lost() -> Courier.Event {
    (isUp, answers) = (false, [])
    return .transport(.failed(LinkFailure(.broken, "lost")))
  }

  private mutating func perform(_ action: Courier.Action, isFair: Bool) {
    switch action {
    case .connect: isDialling = true
    case .abandon: (isUp, isDialling, answers) = (false, false, [])
    case .fetch(let after, let limit, _, let ticket):
      let next = spooled.subtracting(held).filter { $0 > after ?? 0 }.sorted().prefix(limit)
      queue.append(.fetched(next.map { Self.parcel($0) }, ticket: ticket))
    case .fetchHeld(let first, let limit, let ticket):
      let next = held.filter { $0 >= first }.sorted().prefix(limit)
      held.subtract(next)
      queue.append(.fetched(next.map { Self.parcel($0, isAhead: true) }, ticket: ticket))
    case .publish(let shipment): publish(shipment, isFair: isFair)
    case .hold(let number): held.insert(number)
    case .acknowledge(let number):
      #expect(accepted.contains(number), "seed \(seed): \(number) was acknowledged but never arrived")
      spooled.remove(number)
    case .reject(let parcel, _) where parcel.number == poison:
      spooled.remove(parcel.number)
      accepted.insert(parcel.number)
    case .note(.breaksOff), .note(.unanswered): wasRefused = true
    case .announce(online: true): queue.append(.greeted)
    case .reject, .divide, .discard: Issue.record("seed \(seed): \(action)")
    case .announce, .disconnect, .note, .finished: break
    }
  }

  private mutating func publish(_ shipment: Shipment, isFair: Bool) {
    // Bytes after a lost one are lost too: TCP is a stream.
    if !isFair, chance(3) { isDropping = true }
    guard isUp, !isDropping else { return }
    if let poison, shipment.numbers.contains(poison) { return queue.append(lost()) }
    guard !refuses || isFair || !chance(10) else {
      wasRefused = true
      let kind = [Refusal.Kind.later, .denied, .later].randomElement(using: &random) ?? .later
      return answers.append((shipment.token, .refused(Refusal(kind, meaning: "no"))))
    }
    for number in shipment.numbers where accepted.insert(number).inserted {
      let isInOrder = number > newest[number % 2, default: 0]
      #expect(isInOrder || (wasRefused && !isStrict), "seed \(seed): \(number) after \(newest[number % 2] ?? 0)")
      newest[number % 2] = number
    }
    answers.append((shipment.token, .accepted))
  }
}
