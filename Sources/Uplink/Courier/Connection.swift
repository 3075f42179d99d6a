import Telemetry

/// One connection to the broker, from CONNACK on: what to fetch from the spool, what is in flight, and what has to
/// wait.
struct Connection: Sendable {
  typealias Action = Courier.Action

  let since: Uptime
  /// Grows with every connection. The answer to a fetch of an earlier connection would leave a hole in the order.
  let ticket: UInt64
  private(set) var window: DeliveryWindow
  let limits: CourierLimits
  private let largestPayload: Int
  private var bucket: TokenBucket?
  /// Parcels fetched and not yet sent. They keep the window full while the spool is being asked.
  private var queue: ArraySlice<Parcel> = []
  private var last: UInt64?
  private var fetching: Fetching?
  private var mayHaveMore = true
  /// The next fetch is the first one, or the first after a pause: nothing that the spool has handed out is in flight.
  private var isAnew = true
  /// When the spool may be asked again: readings are being gathered, or the rate is limited.
  private var notBefore: Uptime?
  /// The broker has refused a message for now: nothing is sent until then. After that, everything that is left is
  /// fetched again.
  private var pause: Uptime?
  /// Messages of held parcels that are in flight.
  private var probes: Set<UInt64> = []
  /// How many messages are still to be sent one at a time.
  private(set) var singly: Int
  /// Until then, too, messages go one at a time: nothing was acknowledged otherwise.
  private(set) var narrowUntil: Uptime?
  private(set) var greeting: Greeting
  /// The broker takes nothing: nothing is sent, and no answer is overdue.
  private(set) var isBlocked = false
  /// The messages that the broker has answered.
  private(set) var delivered = Delivered()

  /// The device's state, and the inlets of its commands.
  enum Greeting: Hashable, Sendable {
    /// Not sent on this connection.
    case none
    case awaited(since: Uptime)
    /// Not answered in time. The broker may take readings all the same.
    case late
    case answered
  }

  /// Counts of parcels.
  struct Delivered: Hashable, Sendable {
    var all = 0
    /// Parcels answered in normal operation: a whole window in flight, in batches.
    var asUsual = 0
  }

  private enum Fetching {
    case next(limit: Int)
    case held
  }

  /// `largestPayload`: the largest one that the broker takes, in bytes.
  init(
    since: Uptime, ticket: UInt64, capacity: Int, largestPayload: Int?, limits: CourierLimits, singly: Int,
    narrowUntil: Uptime?, greets: Bool
  ) {
    self.largestPayload = largestPayload ?? .max
    self.since = since
    self.ticket = ticket
    self.limits = limits
    self.singly = singly
    self.narrowUntil = narrowUntil
    greeting = greets ? .awaited(since: since) : .none
    window = DeliveryWindow(capacity: capacity)
    bucket = limits.rate.map { TokenBucket(rate: $0, now: since) }
  }

  /// When `goOn` will have something to do without an event, or an acknowledgement will be overdue.
  func deadline(heldUntil: Uptime?) -> Uptime? {
    var moments = isBlocked ? [] : [window.deadline(limits.acknowledge)]
    if isCareful, !isBlocked, case .awaited(let since) = greeting { moments.append(since + limits.acknowledge) }
    if let pause {
      if window.isEmpty, fetching == nil { moments.append(pause) }
    } else if fetching == nil {
      if mayHaveMore, hasRoom { moments.append(notBefore) }
      if !isAnew { moments.append(heldUntil) }
    }
    return moments.compactMap { $0 }.min()
  }

  func isOverdue(at now: Uptime) -> Bool {
    !isBlocked && window.deadline(limits.acknowledge).map { $0 <= now } ?? false
  }

  mutating func block() { isBlocked = true }

  /// The broker has not read what was sent before: each answer gets its full time from now on.
  mutating func unblock(at now: Uptime) {
    isBlocked = false
    window.restart(at: now)
    if case .awaited = greeting { greeting = .awaited(since: now) }
  }

  /// One message at a time, with one reading, and none while the greeting is awaited.
  private var isCareful: Bool { singly > 0 || narrowUntil != nil }

  private var batch: Int { isCareful ? 1 : limits.batch }

  /// How many more messages may be sent now.
  private var room: Int {
    guard !isBlocked else { return 0 }
    guard isCareful else { return window.room }
    if case .awaited = greeting { return 0 }
    return window.isEmpty ? 1 : 0
  }

  /// Nothing is in flight, and no fetched parcel is left.
  var isEmpty: Bool { window.isEmpty && queue.isEmpty && fetching == nil }

  /// Nothing waits here or, as far as we know, in the spool.
  var isDrained: Bool { isEmpty && !mayHaveMore && pause == nil }

  /// The greeting is about to be sent. Nothing else is sent while it is awaited: it could be blamed for what the
  /// greeting causes.
  mutating func greet(at now: Uptime) {
    greeting = .awaited(since: now)
    singly = max(singly, 1)
  }

  mutating func greeted() { greeting = .answered }

  /// How many fetched parcels to keep ready. Batches are made from the parcels of one fetch.
  private var wanted: Int {
    let count = batch > 1 ? room * batch : window.capacity * Self.windowsAhead
    return min(count, CourierLimits.fetchLimit)
  }
  private static let windowsAhead = 6

  /// Whether there is room for many parcels: the spool is not asked for a few.
  private var hasRoom: Bool {
    batch > 1 ? queue.isEmpty && room * 2 >= window.capacity : queue.count * 2 <= wanted
  }

  /// Fills the window, and asks the spool for more.
  mutating func goOn(_ held: inout HeldStreams, at now: Uptime) -> [Action] {
    if case .awaited(let since) = greeting, !isBlocked, now - since >= limits.acknowledge { greeting = .late }
    if let narrowUntil, narrowUntil <= now { self.narrowUntil = nil }
    if let pause {
      guard pause <= now, window.isEmpty, fetching == nil else { return [] }
      (self.pause, last, isAnew, mayHaveMore) = (nil, nil, true, true)
    }
    let sweep = askHeld(&held, at: now)
    // A parcel that must be alone in flight is being fetched.
    if isCareful, case .held = fetching { return sweep }
    return sweep + publishQueued(at: now) + ask(at: now)
  }

  private mutating func publishQueued(at now: Uptime) -> [Action] {
    guard !queue.isEmpty, room > 0 else { return [] }
    if batch > 1 {
      let shipments = Shipment.shipments(
        of: Array(queue), limit: batch, room: largestPayload, size: limits.size)
      let room = room
      queue = shipments.dropFirst(room).flatMap(\.parcels)[...]
      return shipments.prefix(room).map { publish($0, at: now) }
    }
    let next = queue.prefix(room)
    queue = queue.dropFirst(next.count)
    return next.map { publish(Shipment([$0]), at: now) }
  }

  /// Only after the first fetch: what was in flight on the last connection has to be held again first.
  private mutating func askHeld(_ held: inout HeldStreams, at now: Uptime) -> [Action] {
    guard fetching == nil, !isAnew else { return [] }
    held.wake(at: now)
    guard let first = held.sweep else { return [] }
    if held.needsCare { singly = max(singly, 1) }
    guard room > 0 else { return [] }
    fetching = .held
    held.beginSweep()
    return [.fetchHeld(from: first, limit: room, ticket: ticket)]
  }

  private mutating func ask(at now: Uptime) -> [Action] {
    guard fetching == nil else { return [] }
    if let notBefore, now < notBefore { return [] }
    guard mayHaveMore, hasRoom else { return [] }
    var limit = wanted - queue.count
    if bucket != nil, let allowed = bucket?.allowed(at: now) { limit = min(limit, allowed) }
    guard limit > 0 else {
      notBefore = bucket?.next(after: now)
      return []
    }
    notBefore = nil
    fetching = .next(limit: limit)
    defer { isAnew = false }
    return [.fetch(after: last, limit: limit, anew: isAnew, ticket: ticket)]
  }

  /// Fetches the latest readings before the connection ends, without waiting to gather more, including those that the
  /// spool may not have announced yet. This is one fetch only; a backlog stays for the next connection.
  mutating func askForTheLast(at now: Uptime) -> [Action] {
    // Nothing is sent to a broker that has asked for a pause, or whose limits are being explored.
    guard pause == nil, !isCareful else {
      queue = []
      return []
    }
    var limit = min(window.capacity * max(batch, Self.windowsAhead), CourierLimits.fetchLimit) - queue.count
    if bucket != nil, let allowed = bucket?.allowed(at: now) { limit = min(limit, allowed) }
    guard fetching == nil, limit > 0 else { return [] }
    fetching = .next(limit: limit)
    return [.fetch(after: last, limit: limit, anew: isAnew, ticket: ticket)]
  }

  /// Sends what has been fetched, and fetches no more.
  mutating func finishSending(at now: Uptime) -> [Action] { publishQueued(at: now) }

  /// Takes the spool's answer. Unreadable parcels end here.
  mutating func fetched(_ parcels: [Parcel], _ held: inout HeldStreams, at now: Uptime, isCutShort: Bool) -> [Action] {
    guard let fetching else { return [] }
    self.fetching = nil
    if case .next(let limit) = fetching {
      mayHaveMore = !parcels.isEmpty
      last = parcels.last { !$0.isAhead }?.number ?? last
      if limits.gather > .zero, parcels.count < limit { notBefore = now + limits.gather }
    }
    // Everything will be fetched again.
    guard pause == nil else {
      if case .held = fetching { held.repeatSweep() }
      return []
    }
    bucket?.spend(parcels.count)
    let actions = parcels.flatMap { parcel -> [Action] in
      if case .malformed(let reason) = parcel.content { return [.discard(parcel, reason)] }
      if held.isTooLarge(parcel) { return [.divide(parcel)] }
      switch fetching {
      case .next: return enqueue(parcel, &held)
      case .held: return probe(parcel, &held, at: now)
      }
    }
    if case .held = fetching {
      if isCutShort { held.cutShort(at: now) } else { held.swept(to: parcels.last?.number) }
    }
    return actions
  }

  private mutating func enqueue(_ parcel: Parcel, _ held: inout HeldStreams) -> [Action] {
    guard held.holds(parcel) else {
      held.sent(parcel)
      queue.append(parcel)
      return []
    }
    held.add(parcel)
    return [.hold(parcel.number)]
  }

  private mutating func probe(_ parcel: Parcel, _ held: inout HeldStreams, at now: Uptime) -> [Action] {
    guard held.sends(parcel) else { return [.hold(parcel.number)] }
    probes.insert(parcel.number)
    return [publish(Shipment([parcel]), at: now)]
  }

  /// Holds the fetched parcels of streams that are held from now on.
  mutating func holdQueued(_ held: inout HeldStreams) -> [Action] {
    let parcels = queue
    queue = []
    return parcels.flatMap { enqueue($0, &held) }
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

  /// An urgent record does not wait for others to go with it.
  mutating func urgentArrival() {
    // The rate limit is checked when the spool is asked.
    (mayHaveMore, notBefore) = (true, nil)
  }

  /// The message has been answered, and is no longer in flight. `wasHeld`: it had been held.
  mutating func answered(_ token: UInt64, at now: Uptime) -> (shipment: Shipment, wasHeld: Bool)? {
    guard let shipment = window.remove(token, at: now) else { return nil }
    delivered.all += shipment.parcels.count
    if !isCareful { delivered.asUsual += shipment.parcels.count }
    if singly > 0 { singly -= 1 }
    return (shipment, probes.remove(token) != nil)
  }

  /// Sends each parcel of a batch alone: one of them was unacceptable to the broker.
  mutating func publishSingly(_ shipment: Shipment, at now: Uptime) -> [Action] {
    shipment.parcels.map { publish(Shipment([$0]), at: now) }
  }

  mutating func rest(until moment: Uptime) {
    pause = max(pause ?? moment, moment)
    queue = []
  }
}
