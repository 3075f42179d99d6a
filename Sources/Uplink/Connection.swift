import Telemetry

/// One connection to the broker, from CONNACK on: what is asked of the spool, what is on its way, and what has to wait.
struct Connection: Sendable {
  typealias Action = Courier.Action

  let since: Uptime
  /// Grows with every connection. An answer that was asked for on an earlier one would leave a hole in the order.
  let ticket: UInt64
  private(set) var window: DeliveryWindow
  private let limits: CourierLimits
  private let maximumMessage: Int
  private var pace: Pace?
  /// Fetched, and not yet on its way: with it at hand the window stays full while the spool is asked.
  private var queue: ArraySlice<Parcel> = []
  private var last: UInt64?
  private var fetching: Fetching?
  private var mayHaveMore = true
  /// Nothing is on its way that the spool has handed out: the first fetch, and the first after a pause.
  private var isAnew = true
  /// Not before this is the spool asked again: readings are gathered, or the pace is kept.
  private var notBefore: Uptime?
  /// The broker wants to have its rest until then; and then everything that is left is fetched anew.
  private var pause: Uptime?
  /// Messages of held parcels that are on their way.
  private var probes: Set<UInt64> = []

  private enum Fetching {
    case next(limit: Int)
    case held
  }

  /// `maximumPacket`: of the broker, in bytes.
  init(since: Uptime, ticket: UInt64, capacity: Int, maximumPacket: Int?, limits: CourierLimits) {
    maximumMessage = maximumPacket.map { max(0, $0 - limits.overhead) } ?? .max
    self.since = since
    self.ticket = ticket
    self.limits = limits
    window = DeliveryWindow(capacity: capacity)
    pace = limits.rate.map { Pace(rate: $0, now: since) }
  }

  /// When `ask` has something to do that no event will bring; or an acknowledgement is overdue.
  func deadline(heldUntil: Uptime?) -> Uptime? {
    var moments = [window.oldest.map { $0 + limits.acknowledge }]
    if let pause {
      if window.isEmpty, fetching == nil { moments.append(pause) }
    } else if fetching == nil {
      if mayHaveMore, hasRoom { moments.append(notBefore) }
      moments.append(heldUntil)
    }
    return moments.compactMap { $0 }.min()
  }

  func isOverdue(at now: Uptime) -> Bool { window.oldest.map { $0 + limits.acknowledge <= now } ?? false }

  /// How many parcels are wanted at hand. Batches are made of what one asking brings.
  private var wanted: Int {
    let count = limits.batch > 1 ? window.room * limits.batch : window.capacity * Self.windowsAhead
    return min(count, CourierLimits.fetchLimit)
  }
  private static let windowsAhead = 6

  /// So that an asking brings many.
  private var hasRoom: Bool {
    limits.batch > 1 ? queue.isEmpty && window.room * 2 >= window.capacity : queue.count * 2 <= wanted
  }

  /// Fills the window, and asks the spool for more.
  mutating func goOn(_ held: Held, at now: Uptime) -> [Action] {
    if let pause {
      guard pause <= now, window.isEmpty, fetching == nil else { return [] }
      (self.pause, last, isAnew, mayHaveMore) = (nil, nil, true, true)
    }
    return publishQueued(at: now) + ask(held, at: now)
  }

  private mutating func publishQueued(at now: Uptime) -> [Action] {
    guard !queue.isEmpty, window.room > 0 else { return [] }
    if limits.batch > 1 {
      let shipments = Shipment.shipments(
        of: Array(queue), limit: limits.batch, room: maximumMessage, envelope: limits.envelope)
      let room = window.room
      queue = shipments.dropFirst(room).flatMap(\.parcels)[...]
      return shipments.prefix(room).map { publish($0, at: now) }
    }
    let next = queue.prefix(window.room)
    queue = queue.dropFirst(next.count)
    return next.map { publish(Shipment([$0]), at: now) }
  }

  private mutating func ask(_ held: Held, at now: Uptime) -> [Action] {
    guard fetching == nil else { return [] }
    if let due = held.until, due <= now, window.room > 0 {
      fetching = .held
      return [.fetchHeld(limit: held.isOpen ? window.room : 1, ticket: ticket)]
    }
    if let notBefore, now < notBefore { return [] }
    guard mayHaveMore, hasRoom else { return [] }
    var limit = wanted - queue.count
    if pace != nil, let allowed = pace?.allowed(at: now) { limit = min(limit, allowed) }
    guard limit > 0 else {
      notBefore = pace?.next(after: now)
      return []
    }
    notBefore = nil
    fetching = .next(limit: limit)
    defer { isAnew = false }
    return [.fetch(after: last, limit: limit, anew: isAnew, ticket: ticket)]
  }

  /// What the spool had. What nobody can read ends here.
  mutating func fetched(_ parcels: [Parcel], _ held: inout Held, at now: Uptime) -> [Action] {
    let isHeld: Bool
    switch fetching {
    case .held:
      isHeld = true
      held.asked(parcels.count, at: now)
    case .next(let limit):
      isHeld = false
      mayHaveMore = !parcels.isEmpty
      last = parcels.last { !$0.isAhead }?.number ?? last
      if limits.gather > .zero, parcels.count < limit { notBefore = now + limits.gather }
    case nil: return []
    }
    fetching = nil
    // Everything will be fetched anew.
    if pause != nil { return [] }
    pace?.spend(parcels.count)
    var actions: [Action] = []
    var readable: [Parcel] = []
    for parcel in parcels {
      if case .malformed(let reason) = parcel.content {
        actions.append(.discard(parcel.number, reason))
      } else {
        readable.append(parcel)
      }
    }
    guard isHeld else {
      queue += readable
      return actions
    }
    for parcel in readable {
      probes.insert(parcel.number)
      actions.append(publish(Shipment([parcel]), at: now))
    }
    return actions
  }

  private mutating func publish(_ shipment: Shipment, at now: Uptime) -> Action {
    window.add(shipment, at: now)
    return .publish(shipment)
  }

  mutating func arrival(at now: Uptime) {
    guard !mayHaveMore else { return }
    mayHaveMore = true
    if limits.gather > .zero { notBefore = max(notBefore ?? now, now + limits.gather) }
  }

  /// The message is no longer on its way. `wasHeld`: it had been held back.
  mutating func answered(_ token: UInt64) -> (shipment: Shipment, wasHeld: Bool)? {
    guard let shipment = window.remove(token) else { return nil }
    return (shipment, probes.remove(token) != nil)
  }

  /// Each by itself: one of them was too much for the broker.
  mutating func publishSingly(_ shipment: Shipment, at now: Uptime) -> [Action] {
    shipment.parcels.map { publish(Shipment([$0]), at: now) }
  }

  mutating func rest(until moment: Uptime) {
    pause = max(pause ?? moment, moment)
    queue = []
  }
}

/// What the broker does not allow for now. The spool holds it back; now and then one of it is tried.
struct Held: Sendable {
  private static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)
  /// With more than this the order has to wait too: the spool keeps each number.
  static let limit = 50_000

  private(set) var count = 0
  /// When to try again; nil: nothing is held.
  private(set) var until: Uptime?
  /// The last try went well: all may follow.
  private(set) var isOpen = false
  private var wait = Self.first
  /// A try is on its way.
  private var isTrying = false

  /// Returns how long until the next try.
  mutating func add(_ more: Int, wasProbe: Bool, at now: Uptime) -> Duration {
    count += more
    if wasProbe, isTrying { wait = min(wait * 2, Self.ceiling) }
    if wasProbe || until == nil { until = now + wait }
    if wasProbe { (isOpen, isTrying) = (false, false) }
    return wait
  }

  /// The spool was asked, and gave so many; until they are answered it is not asked again.
  mutating func asked(_ given: Int, at now: Uptime) {
    count = max(0, count - given)
    if given == 0 { count = 0 }
    until = count == 0 ? nil : now + wait
    isTrying = !isOpen && given > 0
    if count == 0 { isOpen = false }
  }

  /// One of them was accepted.
  mutating func accepted(at now: Uptime) {
    (wait, isTrying) = (Self.first, false)
    guard count > 0 else { return }
    isOpen = true
    until = now
  }

  /// A new connection may find other rules.
  mutating func connected(at now: Uptime) {
    wait = Self.first
    if count > 0 { until = now }
  }
}
