import Telemetry

/// Records that do not go their way in order: handed out before their turn, or held back.
struct Lanes {
  /// What was rejected is reported together, after this.
  static let reportAfter = Duration.seconds(10)
  /// Urgent records beyond this go in order.
  private static let urgentLimit = 1_000

  /// To be handed out before others, ascending; also those that have been and are not settled.
  private(set) var urgent: [RecordNumber] = []
  /// Below this there may be urgent records that the list does not have: an earlier life's, or those beyond the limit.
  /// Until they are settled no later one goes before them.
  private(set) var closedUntil: RecordNumber = 0
  /// Handed out before their turn, or urgent and handed out in order; not yet settled.
  private(set) var ahead: Set<RecordNumber> = []
  /// On the disk, above the frontier, and acknowledged all the same: counted when the frontier passes them.
  var acknowledged = SparseBitSet()
  /// As `acknowledged`, of those that were rejected.
  var rejected = SparseBitSet()
  /// Refused for the time being: handed out only to who asks for them.
  private(set) var held = SparseBitSet()
  /// New records in RAM have been handed out before their turn up to here.
  var newest: RecordNumber = 0
  /// There is a report to be made of rejected records, the first of which was rejected then.
  var rejectedAt: Uptime?

  /// Lets the record overtake the backlog, unless an earlier urgent record might still be in it.
  mutating func hasten(_ number: RecordNumber, isClosed: Bool) {
    if isClosed || urgent.count >= Self.urgentLimit { close(until: number + 1) } else { urgent.append(number) }
  }

  mutating func close(until number: RecordNumber) { closedUntil = number }

  func isUrgent(_ number: RecordNumber) -> Bool { !urgent.isEmpty && urgent.firstIndex(ofSorted: number) != nil }

  /// Whoever reads begins anew, and has nothing on its way.
  mutating func restart() {
    ahead = []
    newest = 0
  }

  /// On its way already, or not to be sent for now.
  func hasElsewhere(_ number: RecordNumber) -> Bool {
    ahead.contains(number) || held.contains(number)
  }

  mutating func handedOut(_ number: RecordNumber) { ahead.insert(number) }

  mutating func hold(_ number: RecordNumber) {
    held.insert(number)
    ahead.remove(number)
  }

  mutating func takeHeld(notBelow number: RecordNumber) -> RecordNumber? {
    guard let next = held.first(notBelow: number) else { return nil }
    held.remove(next)
    return next
  }

  mutating func holdAgain(_ number: RecordNumber) { held.insert(number) }

  /// Nothing is held back any more.
  mutating func releaseHeld() { held = SparseBitSet() }

  /// The record is done with.
  mutating func forget(_ number: RecordNumber) {
    ahead.remove(number)
    held.remove(number)
    if let index = urgent.firstIndex(ofSorted: number) { urgent.remove(at: index) }
  }

  /// These are nowhere any more.
  mutating func forget(_ range: Range<RecordNumber>) {
    held.remove(in: range)
    let (begin, end) = (urgent.firstIndex(notBelow: range.lowerBound), urgent.firstIndex(notBelow: range.upperBound))
    for number in urgent[begin..<end] { ahead.remove(number) }
    urgent.removeSubrange(begin..<end)
  }

  /// It is settled, though the frontier has not passed it.
  func isSettled(_ number: RecordNumber) -> Bool { acknowledged.contains(number) || rejected.contains(number) }
}

extension Ring {
  /// Whoever reads has nothing on its way any more.
  mutating func readAnew() { lanes.restart() }

  mutating func hasten(_ number: RecordNumber) {
    tookUrgent = true
    lanes.hasten(number, isClosed: isClosed)
  }

  /// Something may wait that is urgent and not known to be. What is held does not count: its stream is held as a whole.
  private var isClosed: Bool {
    let end = lanes.closedUntil
    return frontier < end || pending.count(in: 0..<end) > lanes.held.count(in: 0..<end)
  }

  /// While records wait on the disk: the urgent ones, also those that were handed out on an earlier connection, and with
  /// `newestFirst`, or while the disk is away, those in RAM. `number`: as for `next`.
  mutating func collectAhead(after number: RecordNumber?, limit: Int, now: Uptime) -> [SpooledRecord] {
    let isAway = isDiskAway(now: now)
    guard frontier < diskEnd || isAway && cursor < diskEnd else { return [] }
    var records: [SpooledRecord] = []
    for number in lanes.urgent where records.count < limit {
      // No later one goes before one that cannot be read at the moment.
      if case .waiting = handOut(number, into: &records, now: now) { break }
    }
    guard options.order == .newestFirst || isAway else { return records }
    // What was handed out in order on this connection is on its way.
    let inOrder = number.map { $0 < frontier ? $0 + 1 : frontier } ?? 0
    lanes.newest = max(lanes.newest, ram.first, inOrder)
    while records.count < limit, lanes.newest < ram.end {
      handOut(lanes.newest, into: &records, now: now)
      lanes.newest += 1
    }
    return records
  }

  private enum Handing {
    case done, elsewhere, expired, waiting
    /// No block has the numbers from this one up to `until`.
    case gone(until: RecordNumber)
  }

  @discardableResult
  private mutating func handOut(_ number: RecordNumber, into records: inout [SpooledRecord], now: Uptime) -> Handing {
    guard number >= frontier || pending.contains(number), !lanes.hasElsewhere(number), !lanes.isSettled(number) else {
      return .elsewhere
    }
    let bytes: [UInt8]
    switch content(of: number, now: now) {
    case .found(let content): bytes = content
    case .nothing: return .elsewhere
    case .gone(let end): return .gone(until: end)
    case .waiting: return .waiting
    }
    guard !lossReporter.isExpired(bytes) else {
      expireHandedOut(number, bytes)
      return .expired
    }
    lanes.handedOut(number)
    records.append(SpooledRecord(number: number, bytes: bytes, isAhead: true))
    return .done
  }

  /// What the frontier has not passed yet is given up when it does.
  private mutating func expireHandedOut(_ number: RecordNumber, _ bytes: [UInt8]) {
    guard leavePending(number) else { return }
    if number < diskEnd { beyond.expired.insert(number) } else { ram.settle(number) }
    expire(bytes)
    skipSettled()
  }

  private enum Content {
    case found([UInt8])
    /// It is settled.
    case nothing
    case gone(until: RecordNumber)
    /// The disk does not give it at the moment.
    case waiting
  }

  private mutating func content(of number: RecordNumber, now: Uptime) -> Content {
    if number >= ram.first { return ram[number].map { .found($0) } ?? .nothing }
    guard number < diskEnd else { return .nothing }
    switch find(number, now: now) {
    case .waiting: return .waiting
    case .found(let block, let end) where block.first <= number && number < end:
      return block.records[Int(number - block.first)].map { .found($0) } ?? .nothing
    case .found(let block, _): return block.first > number ? .gone(until: block.first) : .nothing
    case .nothing: return .gone(until: diskEnd)
    }
  }

  mutating func acknowledgeAhead(_ number: RecordNumber) {
    guard lanes.ahead.contains(number) else { return }
    lanes.forget(number)
    // On the disk it is settled, and counted, when the frontier passes it.
    guard number >= ram.first else { return lanes.acknowledged.insert(number) }
    tally.acknowledged += 1
    ram.settle(number)
    skipSettled()
  }

  private mutating func rejectAhead(_ number: RecordNumber) {
    lanes.forget(number)
    guard number >= ram.first else { return lanes.rejected.insert(number) }
    countRejected(1)
    ram.settle(number)
    skipSettled()
  }

  /// How many of those that the frontier passes were settled ahead.
  mutating func passSettledAhead(_ range: Range<RecordNumber>) -> Int {
    let acknowledged = lanes.acknowledged.remove(in: range)
    tally.acknowledged += acknowledged
    let rejected = lanes.rejected.remove(in: range)
    countRejected(rejected)
    // Of the range nothing waits any more: which of its numbers they had does not matter.
    for number in range.prefix(rejected) { beyond.evicted.insert(number) }
    return acknowledged + rejected
  }

  /// To be asked when the frontier passes a record on the disk.
  mutating func wasSettledAhead(_ number: RecordNumber) -> Bool {
    if lanes.acknowledged.remove(number) {
      tally.acknowledged += 1
    } else if lanes.rejected.remove(number) {
      countRejected(1)
      beyond.evicted.insert(number)
    } else {
      return false
    }
    unsavedAcknowledgements += 1
    return true
  }

  /// A record that was handed out cannot be delivered now. `nextHeld` gives it out again; `next` does not.
  mutating func hold(_ number: RecordNumber) {
    guard lanes.ahead.contains(number) || pending.contains(number) else { return }
    lanes.hold(number)
  }

  /// The oldest records from `first` on that are held back, at most `limit`. They are no longer held. `heldWasCutShort`:
  /// there are more, and the disk does not give them at the moment.
  mutating func nextHeld(from first: RecordNumber = 0, limit: Int, now: Uptime) -> [SpooledRecord] {
    var records: [SpooledRecord] = []
    beginCall()
    heldWasCutShort = false
    while records.count < limit, !heldWasCutShort, let number = lanes.takeHeld(notBelow: first) {
      switch handOut(number, into: &records, now: now) {
      case .done, .elsewhere, .expired: break
      case .gone(let end): loseHeld(number..<end)
      case .waiting:
        lanes.holdAgain(number)
        heldWasCutShort = true
      }
    }
    settleLosses(now: now)
    return records
  }

  /// No block has these numbers any more; the first was held until now. Those among them that are on their way may arrive.
  /// What the frontier has not passed is missed when it does.
  private mutating func loseHeld(_ numbers: Range<RecordNumber>) {
    var lost = 0
    var held = numbers.first
    while let number = held, number < numbers.upperBound {
      if leavePending(number) { lost += 1 } else { lanes.forget(number) }
      held = lanes.held.first(notBelow: number + 1)
    }
    lose(lost, of: numbers)
    skipSettled()
  }

  mutating func releaseHeld() { lanes.releaseHeld() }

  /// A record that was handed out will never be accepted: it is given up, and reported. `bytes` are nil for what is not to
  /// be reported: a report that was refused itself would lead to the next one for ever.
  mutating func reject(_ number: RecordNumber, _ bytes: [UInt8]?, now: Uptime) {
    let wasAhead = lanes.ahead.contains(number)
    let isPending = leavePending(number)
    guard isPending || wasAhead else { return }
    // Before it is settled: the block that says so carries the report.
    if let bytes {
      lossReporter.lost(bytes, .rejected)
      if lanes.rejectedAt == nil { lanes.rejectedAt = now }
    }
    guard isPending else {
      return rejectAhead(number)
    }
    countRejected(1)
    if number < diskEnd { beyond.evicted.insert(number) }
    conclude(number, now: now)
  }

  private mutating func countRejected(_ count: Int) {
    tally.evicted += count
    evictedEver += UInt64(count)
  }

  mutating func reportRejected(now: Uptime) {
    writeReports(now: now)
    settleLosses(now: now)
  }
}
