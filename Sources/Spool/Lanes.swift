import Telemetry

/// Records that do not go their way in order: handed out before their turn, or held back.
struct Lanes {
  /// What was rejected is reported together, after this.
  static let reportAfter = Duration.seconds(10)
  /// Urgent records beyond this go in order.
  private static let urgentLimit = 1_000

  /// To be handed out before others, ascending; also those that have been and are not acknowledged.
  private(set) var urgent: [RecordNumber] = []
  /// Handed out before their turn and not yet acknowledged.
  private(set) var ahead: Set<RecordNumber> = []
  /// On the disk, above the frontier, and acknowledged all the same: counted when the frontier passes them.
  var acknowledged = NumberSet()
  /// Refused for the time being: handed out only to who asks for them.
  private(set) var held = NumberSet()
  /// New records in RAM have been handed out before their turn up to here.
  var newest: RecordNumber = 0
  /// There is a report to be made of rejected records, the first of which was rejected then.
  var rejectedAt: Uptime?

  /// In the next rounds the record goes first.
  mutating func hasten(_ number: RecordNumber) {
    if urgent.count < Self.urgentLimit { urgent.append(number) }
  }

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

  /// Nothing is held back any more.
  mutating func releaseHeld() { held = NumberSet() }

  /// The record is done with.
  mutating func forget(_ number: RecordNumber) {
    ahead.remove(number)
    held.remove(number)
    if let index = urgent.firstIndex(ofSorted: number) { urgent.remove(at: index) }
  }

  mutating func forgetUrgent(below number: RecordNumber) {
    urgent.removeSubrange(..<urgent.firstIndex(notBelow: number))
  }
}

extension Ring {
  /// Whoever reads has nothing on its way any more.
  mutating func readAnew() { lanes.restart() }

  /// While records wait on the disk: the urgent ones behind them, and with `newestFirst` those in RAM.
  mutating func collectAhead(limit: Int, now: Uptime) -> [SpooledRecord] {
    lanes.forgetUrgent(below: frontier)
    guard frontier < diskEnd else { return [] }
    var records: [SpooledRecord] = []
    for number in lanes.urgent where records.count < limit { handOut(number, into: &records, now: now) }
    guard options.order == .newestFirst else { return records }
    lanes.newest = max(lanes.newest, ram.first)
    while records.count < limit, lanes.newest < ram.end {
      handOut(lanes.newest, into: &records, now: now)
      lanes.newest += 1
    }
    return records
  }

  private mutating func handOut(_ number: RecordNumber, into records: inout [SpooledRecord], now: Uptime) {
    guard !lanes.hasElsewhere(number), !lanes.acknowledged.contains(number), let bytes = content(of: number, now: now),
      !bookkeeper.isExpired(bytes)
    else { return }
    lanes.handedOut(number)
    records.append(SpooledRecord(number: number, bytes: bytes, isAhead: true))
  }

  private mutating func content(of number: RecordNumber, now: Uptime) -> [UInt8]? {
    if number >= ram.first { return number < ram.end ? ram[number].bytes : nil }
    guard number < diskEnd, case .found(let block, let end) = find(number, now: now), block.first <= number,
      number < end
    else { return nil }
    return block.records[Int(number - block.first)]
  }

  mutating func acknowledgeAhead(_ number: RecordNumber) {
    guard lanes.ahead.contains(number) else { return }
    lanes.forget(number)
    settleAhead(number) { $0.tally.acknowledged += 1 }
  }

  /// On the disk it is settled, and counted as acknowledged, when the frontier passes it.
  private mutating func settleAhead(_ number: RecordNumber, count: (inout Ring) -> Void) {
    guard number >= ram.first else {
      lanes.acknowledged.insert(number)
      return
    }
    count(&self)
    ram.settle(number)
    skipSettled()
  }

  /// How many of those that the frontier passes were acknowledged ahead.
  mutating func passAcknowledgedAhead(_ range: Range<RecordNumber>) -> Int {
    let passed = lanes.acknowledged.remove(in: range)
    tally.acknowledged += passed
    return passed
  }

  /// To be asked when the frontier passes a record on the disk.
  mutating func wasAcknowledgedAhead(_ number: RecordNumber) -> Bool {
    guard lanes.acknowledged.remove(number) else { return false }
    tally.acknowledged += 1
    unsavedAcknowledgements += 1
    return true
  }

  /// A record that was handed out cannot be delivered now. `nextHeld` gives it out again; `next` does not.
  mutating func hold(_ number: RecordNumber) {
    guard lanes.ahead.contains(number) || pending.contains(number) else { return }
    lanes.hold(number)
  }

  /// The oldest records from `first` on that are held back, at most `limit`. They are no longer held.
  mutating func nextHeld(from first: RecordNumber = 0, limit: Int, now: Uptime) -> [SpooledRecord] {
    var records: [SpooledRecord] = []
    while records.count < limit, let number = lanes.takeHeld(notBelow: first) {
      guard number >= frontier || pending.contains(number) else { continue }
      handOut(number, into: &records, now: now)
    }
    return records
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
      bookkeeper.lost(bytes, .rejected)
      if lanes.rejectedAt == nil { lanes.rejectedAt = now }
    }
    guard isPending else {
      lanes.forget(number)
      return settleAhead(number, count: count)
    }
    count(rejected: &self)
    if number < diskEnd { addBeyond(number, evicted: 1) }
    conclude(number, now: now)
  }

  private func count(rejected ring: inout Ring) {
    ring.tally.evicted += 1
    ring.evictedEver += 1
  }

  mutating func reportRejected(now: Uptime) {
    writeReports(now: now)
    settleLosses(now: now)
  }
}
