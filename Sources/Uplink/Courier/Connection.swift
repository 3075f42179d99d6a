import Telemetry

/// One connection to the broker, from CONNACK on: what is asked of the spool, what is on its way, and what has to wait.
struct Connection: Sendable {
  typealias Action = Courier.Action

  let since: Uptime
  /// Grows with every connection. An answer that was asked for on an earlier one would leave a hole in the order.
  let ticket: UInt64
  private(set) var window: DeliveryWindow
  let limits: CourierLimits
  private let maximumMessage: Int
  private var bucket: TokenBucket?
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
  /// So many messages go one at a time.
  private(set) var singly: Int
  /// Until then too: nothing was acknowledged otherwise.
  private(set) var narrowUntil: Uptime?
  private(set) var greeting: Greeting
  /// What the broker has answered to.
  private(set) var delivered = Delivered()

  /// The device's state, and what it subscribes to.
  enum Greeting: Hashable, Sendable {
    /// Left out on this connection.
    case none
    case awaited(since: Uptime)
    /// It is not answered in time. The broker may take readings all the same.
    case late
    case answered
  }

  /// Counts of parcels.
  struct Delivered: Hashable, Sendable {
    var all = 0
    /// While messages went as usual: a window of them, in batches.
    var asUsual = 0
  }

  private enum Fetching {
    case next(limit: Int)
    case held
  }

  /// `maximumPacket`: of the broker, in bytes.
  init(
    since: Uptime, ticket: UInt64, capacity: Int, maximumPacket: Int?, limits: CourierLimits, singly: Int,
    narrowUntil: Uptime?, greets: Bool
  ) {
    maximumMessage = maximumPacket.map { max(0, $0 - limits.overhead) } ?? .max
    self.since = since
    self.ticket = ticket
    self.limits = limits
    self.singly = singly
    self.narrowUntil = narrowUntil
    greeting = greets ? .awaited(since: since) : .none
    window = DeliveryWindow(capacity: capacity)
    bucket = limits.rate.map { TokenBucket(rate: $0, now: since) }
  }

  /// When `ask` has something to do that no event will bring; or an acknowledgement is overdue.
  func deadline(heldUntil: Uptime?) -> Uptime? {
    var moments = [window.deadline(limits.acknowledge)]
    if isCareful, case .awaited(let since) = greeting { moments.append(since + limits.acknowledge) }
    if let pause {
      if window.isEmpty, fetching == nil { moments.append(pause) }
    } else if fetching == nil {
      if mayHaveMore, hasRoom { moments.append(notBefore) }
      if !isAnew { moments.append(heldUntil) }
    }
    return moments.compactMap { $0 }.min()
  }

  func isOverdue(at now: Uptime) -> Bool { window.deadline(limits.acknowledge).map { $0 <= now } ?? false }

  /// One message at a time, with one reading, and none before the greeting is answered.
  private var isCareful: Bool { singly > 0 || narrowUntil != nil }

  private var batch: Int { isCareful ? 1 : limits.batch }

  /// For so many messages there is room.
  private var room: Int {
    guard isCareful else { return window.room }
    if case .awaited = greeting { return 0 }
    return window.isEmpty ? 1 : 0
  }

  /// Nothing is on its way, and nothing that was fetched is left.
  var isEmpty: Bool { window.isEmpty && queue.isEmpty && fetching == nil }

  /// Nothing waits here or, as far as we know, in the spool.
  var isDrained: Bool { isEmpty && !mayHaveMore && pause == nil }

  /// What is sent while the greeting is on its way could be blamed for it.
  mutating func greet(at now: Uptime) {
    greeting = .awaited(since: now)
    singly = max(singly, 1)
  }

  mutating func greeted() { greeting = .answered }

  /// How many parcels are wanted at hand. Batches are made of what one asking brings.
  private var wanted: Int {
    let count = batch > 1 ? room * batch : window.capacity * Self.windowsAhead
    return min(count, CourierLimits.fetchLimit)
  }
  private static let windowsAhead = 6

  /// So that an asking brings many.
  private var hasRoom: Bool {
    batch > 1 ? queue.isEmpty && room * 2 >= window.capacity : queue.count * 2 <= wanted
  }

  /// Fills the window, and asks the spool for more.
  mutating func goOn(_ held: inout HeldStreams, at now: Uptime) -> [Action] {
    if case .awaited(let since) = greeting, now - since >= limits.acknowledge { greeting = .late }
    if let narrowUntil, narrowUntil <= now { self.narrowUntil = nil }
    if let pause {
      guard pause <= now, window.isEmpty, fetching == nil else { return [] }
      (self.pause, last, isAnew, mayHaveMore) = (nil, nil, true, true)
    }
    let sweep = askHeld(&held, at: now)
    // One that is to be alone on its way is being fetched.
    if isCareful, case .held = fetching { return sweep }
    return sweep + publishQueued(at: now) + ask(at: now)
  }

  private mutating func publishQueued(at now: Uptime) -> [Action] {
    guard !queue.isEmpty, room > 0 else { return [] }
    if batch > 1 {
      let shipments = Shipment.shipments(
        of: Array(queue), limit: batch, room: maximumMessage, envelope: limits.envelope)
      let room = room
      queue = shipments.dropFirst(room).flatMap(\.parcels)[...]
      return shipments.prefix(room).map { publish($0, at: now) }
    }
    let next = queue.prefix(room)
    queue = queue.dropFirst(next.count)
    return next.map { publish(Shipment([$0]), at: now) }
  }

  /// Not before the first fetch: what was on its way on the last connection has to be held again before.
  private mutating func askHeld(_ held: inout HeldStreams, at now: Uptime) -> [Action] {
    guard fetching == nil, !isAnew else { return [] }
    held.wake(at: now)
    guard let first = held.sweep else { return [] }
    if held.needsCare { singly = max(singly, 1) }
    guard room > 0 else { return [] }
    fetching = .held
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

  /// The connection is about to end: readings that are being gathered go now. So do those that came last, of which the spool
  /// may not have told yet. One asking brings them; a backlog stays for the next connection.
  mutating func askForTheLast(at now: Uptime) -> [Action] {
    // Nothing is sent to a broker that wants to have its rest, or whose limits are being found out.
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

  /// No more is fetched.
  mutating func finishSending(at now: Uptime) -> [Action] { publishQueued(at: now) }

  /// What the spool had. What nobody can read ends here.
  mutating func fetched(_ parcels: [Parcel], _ held: inout HeldStreams, at now: Uptime, isCutShort: Bool) -> [Action] {
    guard let fetching else { return [] }
    self.fetching = nil
    if case .next(let limit) = fetching {
      mayHaveMore = !parcels.isEmpty
      last = parcels.last { !$0.isAhead }?.number ?? last
      if limits.gather > .zero, parcels.count < limit { notBefore = now + limits.gather }
    }
    // Everything will be fetched anew.
    if pause != nil { return [] }
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

  /// What is at hand of a stream that is held from now on.
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

  /// What is urgent waits for no others to go with it.
  mutating func urgentArrival() {
    // The pace is looked at when the spool is asked.
    (mayHaveMore, notBefore) = (true, nil)
  }

  /// The message is no longer on its way. `wasHeld`: it had been held back.
  mutating func answered(_ token: UInt64, at now: Uptime) -> (shipment: Shipment, wasHeld: Bool)? {
    guard let shipment = window.remove(token, at: now) else { return nil }
    delivered.all += shipment.parcels.count
    if !isCareful { delivered.asUsual += shipment.parcels.count }
    if singly > 0 { singly -= 1 }
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
