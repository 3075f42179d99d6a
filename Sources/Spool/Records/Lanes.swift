import Telemetry

/// Records out of order: handed out before their turn, or held back.
struct Lanes {
  /// Rejected records are reported together, after this delay.
  static let reportAfter = Duration.seconds(10)
  /// When this many urgent records are known, further ones go in order.
  private static let urgentLimit = 1_000

  /// Urgent records, ascending: those to be handed out before others, and those already handed out but not settled.
  private(set) var urgent: [RecordNumber] = []
  /// Below this number there may be urgent records that `urgent` does not list: from before the last restart, or beyond
  /// the limit. Until they are settled, no later urgent record overtakes.
  private(set) var closedUntil: RecordNumber = 0
  /// Unsettled records that were handed out before their turn, or that are urgent and were handed out in order.
  private(set) var ahead: Set<RecordNumber> = []
  /// Records on the disk above the frontier that are already acknowledged. They are counted when the frontier passes
  /// them.
  var acknowledged = SparseBitSet()
  /// Like `acknowledged`, for rejected records.
  var rejected = SparseBitSet()
  /// Records that were refused for the time being. Only `nextHeld` hands them out.
  private(set) var held = SparseBitSet()
  /// New records in RAM have been handed out before their turn up to this number.
  var newest: RecordNumber = 0
  /// When the first rejected record that still has to be reported was rejected; nil when there is none.
  var rejectedAt: Uptime?

  /// Lets the record overtake the backlog, unless an earlier urgent record might still be in it.
  mutating func hasten(_ number: RecordNumber, isClosed: Bool) {
    if isClosed || urgent.count >= Self.urgentLimit { close(until: number + 1) } else { urgent.append(number) }
  }

  mutating func close(until number: RecordNumber) { closedUntil = number }

  func isUrgent(_ number: RecordNumber) -> Bool { !urgent.isEmpty && urgent.firstIndex(ofSorted: number) != nil }

  /// The reader starts again, and has nothing in flight.
  mutating func restart() {
    ahead = []
    newest = 0
  }

  /// Whether the record is already in flight, or held.
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

  /// Stops holding all held records.
  mutating func releaseHeld() { held = SparseBitSet() }

  /// Removes a settled record.
  mutating func forget(_ number: RecordNumber) {
    ahead.remove(number)
    held.remove(number)
    if let index = urgent.firstIndex(ofSorted: number) { urgent.remove(at: index) }
  }

  /// Removes records that are stored nowhere any more.
  mutating func forget(_ range: Range<RecordNumber>) {
    held.remove(in: range)
    let (begin, end) = (urgent.firstIndex(notBelow: range.lowerBound), urgent.firstIndex(notBelow: range.upperBound))
    for number in urgent[begin..<end] { ahead.remove(number) }
    urgent.removeSubrange(begin..<end)
  }

  /// Whether the record is settled, although the frontier has not passed it.
  func isSettled(_ number: RecordNumber) -> Bool { acknowledged.contains(number) || rejected.contains(number) }
}

extension Ring {
  /// Tells that the reader has nothing in flight any more.
  mutating func readAnew() { lanes.restart() }

  mutating func hasten(_ number: RecordNumber) {
    tookUrgent = true
    lanes.hasten(number, isClosed: isClosed)
  }

  /// Whether a waiting record may be urgent without being listed. Held records do not count: their whole stream is
  /// held.
  private var isClosed: Bool {
    let end = lanes.closedUntil
    return frontier < end || pending.count(in: 0..<end) > lanes.held.count(in: 0..<end)
  }

  /// Returns the records that overtake while others wait on the disk. These are the urgent ones, including those handed
  /// out on an earlier connection. With `newestFirst`, or while the disk is away, those in RAM follow. `number` is as
  /// for `next`.
  mutating func collectAhead(after number: RecordNumber?, limit: Int, now: Uptime) -> [SpooledRecord] {
    let isAway = isDiskAway(now: now)
    guard frontier < diskEnd || isAway && cursor < diskEnd else { return [] }
    var records: [SpooledRecord] = []
    for number in lanes.urgent where records.count < limit {
      // No later urgent record overtakes one that cannot be read at the moment.
      if case .waiting = handOut(number, into: &records, now: now) { break }
    }
    guard options.order == .newestFirst || isAway else { return records }
    // Records that were handed out in order on this connection are in flight.
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
    /// No block has the numbers from the requested one up to `until`.
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

  /// A record that the frontier has not passed yet is given up when the frontier passes it.
  private mutating func expireHandedOut(_ number: RecordNumber, _ bytes: [UInt8]) {
    guard leavePending(number) else { return }
    if number < diskEnd { beyond.expired.insert(number) } else { ram.settle(number) }
    expire(bytes)
    skipSettled()
  }

  private enum Content {
    case found([UInt8])
    /// The record is settled.
    case nothing
    case gone(until: RecordNumber)
    /// The disk cannot read the record at the moment.
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
    // A record on the disk is settled and counted when the frontier passes it.
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

  /// Returns how many of the records that the frontier passes were settled ahead.
  mutating func passSettledAhead(_ range: Range<RecordNumber>) -> Int {
    let acknowledged = lanes.acknowledged.remove(in: range)
    tally.acknowledged += acknowledged
    let rejected = lanes.rejected.remove(in: range)
    countRejected(rejected)
    // Nothing in the range waits any more, so it does not matter which of its numbers are marked.
    for number in range.prefix(rejected) { beyond.evicted.insert(number) }
    return acknowledged + rejected
  }

  /// Call this when the frontier passes a record on the disk.
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

  /// Holds back a record that was handed out and cannot be delivered now. `nextHeld` hands it out again; `next` does
  /// not.
  mutating func hold(_ number: RecordNumber) {
    guard lanes.ahead.contains(number) || pending.contains(number) else { return }
    lanes.hold(number)
  }

  /// Returns the oldest held records from `first` on, at most `limit`, and stops holding them. `heldWasCutShort` then
  /// says whether there are more that the disk cannot read at the moment.
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

  /// Called when no block has these numbers any more; the first one was held until now. Only held records count as lost
  /// here: those in flight may still arrive, and those above the frontier are counted when it passes them.
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

  /// Gives up a record that was handed out and will never be accepted, and reports it. `bytes` is nil when the loss
  /// must not be reported: a rejected report would lead to the next one, without end.
  mutating func reject(_ number: RecordNumber, _ bytes: [UInt8]?, now: Uptime) {
    let wasAhead = lanes.ahead.contains(number)
    let isPending = leavePending(number)
    guard isPending || wasAhead else { return }
    // Report before settling: the block that settles the record carries the report.
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
