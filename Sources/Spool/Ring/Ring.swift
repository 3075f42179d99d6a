import Telemetry

/// The disk buffer without threads and clocks: every call says what time it is, and does what is due.
///
/// A record is in RAM until it has waited for `durableAfter`; only then is it written. What is acknowledged before
/// costs no byte on the disk. Records on the disk are read back when they are wanted; RAM holds no list of them.
///
/// Numbers, in ascending order, when all of these differ:
///
///     cursor          the oldest record that waits; everything below is settled
///     frontier        the first that was never handed out by `next`
///     diskEnd         one more than the last that is in a block
///     ram.first       the oldest in RAM; the numbers before it that no block has are settled: "holes"
///     ram.end         what the next record will get
///
/// The rules that keep records safe:
/// * A block is written to a slot whose former content is settled, or is in another block that is safe, and counts when
///   the sync has returned.
/// * A segment is used again only when a block elsewhere, safely on the disk, says that all it holds is settled.
/// * A segment begins with its first slot, or not at all: recovery may take the first valid block's word for all.
/// * After a failure the records, still in RAM, go to other slots; the failed ones are not touched again.
struct Ring {
  /// A segment that holds records, or did until they were settled.
  struct Segment: Hashable {
    let number: Int
    /// Number of the block in its first slot.
    let base: UInt64
    /// As in its first valid block.
    let first: RecordNumber
    let holes: UInt64
  }

  /// Where the next block goes.
  struct Head {
    let segment: Int
    let base: UInt64
    /// Index of the next slot; those before it are used or have failed.
    var next: Int
    /// Its first slot is on the disk: it is the last of `live`.
    var begun: Bool
    var tail: Tail?
    /// Index of a slot beside the tail's that can be written again.
    var spare: Int?

    var hasSlotBehindTail: Bool {
      if let spare, let tail { spare > tail.index } else { false }
    }
  }

  struct Degraded {
    var cause: StorageError
    var probeAt: Uptime
    let evictedBefore: Int
    var evicting = false
  }

  /// What is known of a slot that could not be read.
  struct ReadFault {
    var attempts: Int
    /// Nil: the next one who reads may try.
    var retryAt: Uptime?
  }

  var store: any BlockStore
  let options: SpoolOptions
  let lossReporter: any LossReporter
  var storeID: UInt64 = 0
  var epoch: UInt32 = 0
  /// The store does not say yet that it is this device's.
  var owesNote: Bool

  /// Oldest first.
  var live: SegmentList
  /// Segments whose content is settled, in the order in which they will be used.
  var free: [Int] = []
  /// Those of `free` whose first slot could not be written the last time: taken when there are no others.
  var doubtful: Set<Int> = []
  /// Segments that could not be read when the store was opened: left alone.
  var excluded: [Int] = []
  var head: Head?
  /// Of the next block; grows with every write.
  var serial: UInt64 = 1
  /// What the next segment's base will be.
  var nextBase: UInt64 = 0
  var diskEnd: RecordNumber = 0
  /// How many of the numbers below `diskEnd` are not on the disk because they were settled before.
  var holes: UInt64 = 0
  /// The cursor that the disk knows for sure.
  var savedCursor: RecordNumber = 0
  var unsavedAcknowledgements = 0
  var firstUnsavedAt: Uptime?
  var failures = 0
  var degraded: Degraded?
  /// Creating a segment failed. It is not tried again before `until`.
  var noSpace: (error: StorageError, until: Uptime)?
  /// No slot was free, or writing reports evicted ever more records. Nothing is written before this.
  var stalledUntil: Uptime?

  var ram = RecordBuffer(first: 0)
  /// Reports of losses in RAM, ascending: blocks carry copies of them.
  var carried: [RecordNumber] = []
  /// The bookkeeper was told of losses and has not been asked for reports.
  var owesReport = false

  /// Handed out and not yet acknowledged.
  var pending = SparseBitSet()
  var frontier: RecordNumber = 0
  /// As `holes`, for the numbers below `frontier`; means nothing once `frontier` has reached `diskEnd`.
  var frontierHoles: UInt64 = 0
  var lanes = Lanes()
  /// The block that was read last, and its place in `live`.
  var cached: (block: Block, segment: Int, index: Int)?
  /// By slot: several readers, of order, of urgent and of held records, wait for different ones at the same time.
  var readFaults: [Int: ReadFault] = [:]
  /// When reads began to fail; nil as long as the last one succeeded.
  var unreadableSince: Uptime?
  /// The slot that was read last: it shows whether anything can be read.
  var witness: Int?
  /// So many reads may still fail in this call. Opening has no limit: what it does not find out nobody does.
  var failingReadsLeft = Int.max
  /// Slots that are not to be read: given up after failed reads, or written in vain.
  var condemned: Set<Int> = []
  /// Slots without a valid block that the last search passed.
  var suspects: [Int] = []

  var intake: IntakeRate
  var outflow = Outflow()
  /// A store is there now that was not there before: it can be used by beginning anew.
  var appeared: (any BlockStore)?
  /// The store's name no longer leads to what is open.
  var isDisplaced = false
  /// The segments that what it leads to does not have.
  var missing: Set<Int> = []
  /// When it was last seen that it does.
  var confirmedAt = Uptime(nanoseconds: 0)

  var tally = SpoolCounters()
  var evictedEver: UInt64 = 0
  var expiredEver: UInt64 = 0
  var lostEver: UInt64 = 0
  /// Losses on the disk above the cursor: after a power cut they would be found again, and so a block's totals do not
  /// have them yet. The cursor can stand still for days: a bit for each record, and a place for each loss.
  var beyond = (evicted: SparseBitSet(), expired: SparseBitSet(), lost: [(number: RecordNumber, count: UInt64)]())
  /// Acknowledged since the store was made, when it was opened.
  var acknowledgedBefore = 0
  /// Since the last report.
  var expiredNow = 0
  /// The last `next` stopped early because it gave up much or because reads failed, or found something to report: there is
  /// more.
  var wasCutShort = false
  /// The last `nextHeld` met one that the disk did not give.
  var heldWasCutShort = false
  var refusedSinceAccepted = 0
  /// An urgent record or a report has come since this was last looked at.
  var tookUrgent = false
  /// For the log; whoever calls the ring takes them away.
  var notices: [SpoolNotice] = []

  /// Everything below is settled.
  var cursor: RecordNumber { pending.first ?? frontier }

  /// Records that no `next` has returned yet and that are on the disk, as far as is known without reading them.
  var unreadOnDisk: Int {
    guard frontier < diskEnd else { return 0 }
    return max(0, Int(diskEnd - frontier) - (Int(holes) - Int(frontierHoles)))
  }

  var counters: SpoolCounters {
    var counters = tally
    counters.durable = unreadOnDisk + pending.count(in: 0..<diskEnd)
    let unread = max(frontier, ram.first)..<ram.end
    let inRAM = unread.count - ram.settled(in: unread) + pending.count(in: diskEnd..<max(diskEnd, ram.end))
    counters.waiting = counters.durable + inRAM
    counters.degraded = degraded != nil
    // In files without a name nothing waits for long.
    if isDisplaced { counters.durable = 0 }
    counters.ledger.taken = ram.end
    counters.ledger.acknowledged = UInt64(max(0, acknowledgedBefore + tally.acknowledged))
    counters.ledger.evicted = evictedEver
    counters.ledger.expired = expiredEver
    counters.ledger.lost = lostEver
    counters.ledger.waiting = UInt64(counters.waiting)
    return counters
  }

  /// How long it would take to fill the disk if nothing were acknowledged any more; nil before a rate is known.
  func timeLeft(now: Uptime) -> Duration? {
    guard let rate = intake.slotsPerSecond(now: now, durableAfter: options.durableAfter) else { return nil }
    return .seconds(Double(slotsLeft(now: now)) / rate)
  }

  /// `deadline` and the notices, which are taken away. Mutating, so that nobody copies the ring to read it.
  mutating func takeNews() -> (deadline: Uptime?, notices: [SpoolNotice]) {
    defer { notices = [] }
    return (deadline, notices)
  }

  /// When `tick` has something to do next; nil: not before the next call of something else.
  var deadline: Uptime? {
    var next = readFaults.values.compactMap(\.retryAt).min()
    func consider(_ moment: Uptime) { next = next.map { min($0, moment) } ?? moment }
    if let degraded {
      consider(degraded.probeAt)
    } else {
      if let oldest = ram.oldest {
        let due = oldest.critical ? oldest.taken : oldest.taken + options.durableAfter
        consider(max(due, stalledUntil ?? due))
      }
      if let firstUnsavedAt { consider(max(firstUnsavedAt + options.cursorEvery, stalledUntil ?? firstUnsavedAt)) }
    }
    if let rejectedAt = lanes.rejectedAt { consider(rejectedAt + Lanes.reportAfter) }
    return next
  }

  /// Does what is due.
  mutating func tick(now: Uptime) {
    beginCall()
    allowRetries(now: now)
    if let rejectedAt = lanes.rejectedAt, rejectedAt + Lanes.reportAfter <= now { reportRejected(now: now) }
    if let degraded {
      if degraded.probeAt <= now { probe(now: now) }
      return
    }
    if isStalled(now: now) { return }
    commit(upTo: ram.dueEnd(now: now, durableAfter: options.durableAfter), now: now)
    settleLosses(now: now)
    if degraded != nil { return }
    if let firstUnsavedAt, firstUnsavedAt + options.cursorEvery <= now { saveCursor(now: now) }
  }

  /// Takes a record. Nil: it is too long for a block, or there is no room and nothing may be given up.
  @discardableResult
  mutating func append(_ bytes: [UInt8], critical: Bool, urgent: Bool = false, now: Uptime) -> RecordNumber? {
    beginCall()
    guard bytes.count <= Block.maximumRecord else {
      tally.refused += 1
      notices.append(.tooLong(bytes: bytes.count, limit: Block.maximumRecord))
      return nil
    }
    guard hasRoom(for: bytes.count, now: now) else {
      refuse()
      return nil
    }
    if refusedSinceAccepted > 0 {
      notices.append(.refusalEnded(refused: refusedSinceAccepted))
      refusedSinceAccepted = 0
    }
    let number = ram.end
    ram.append(bytes, critical: critical, now: now)
    if urgent { hasten(number) }
    intake.add(Block.size(of: bytes), now: now)
    tally.taken += 1
    confirmNowAndThen(now: now)
    if degraded == nil, !isStalled(now: now) {
      if critical {
        commit(upTo: number + 1, now: now)
      } else {
        relieveRAM(now: now)
      }
    }
    trimRAM(now: now)
    settleLosses(now: now)
    return number
  }

  /// As `append`, of a record that somebody took already: if there is no room for it, it is given up and reported.
  mutating func takeOver(_ bytes: [UInt8], now: Uptime) -> Bool {
    if append(bytes, critical: false, now: now) != nil { return true }
    lossReporter.lost(bytes, .refused)
    owesReport = true
    return false
  }

  private mutating func refuse() {
    tally.refused += 1
    refusedSinceAccepted += 1
    if refusedSinceAccepted == 1 { notices.append(.refusalBegan(waiting: counters.waiting)) }
  }

  /// A record is done with. A number that is not waiting to be acknowledged is ignored.
  mutating func acknowledge(_ number: RecordNumber, now: Uptime) {
    outflow.acknowledged(at: now)
    guard leavePending(number) else { return acknowledgeAhead(number) }
    tally.acknowledged += 1
    conclude(number, now: now)
  }

  /// False when the record is not handed out, or was so ahead of the frontier.
  mutating func leavePending(_ number: RecordNumber) -> Bool {
    guard pending.remove(number) else { return false }
    lanes.forget(number)
    return true
  }

  /// What was handed out is settled: RAM can let go of it, or the cursor moves.
  mutating func conclude(_ number: RecordNumber, now: Uptime) {
    guard number < diskEnd else {
      ram.settle(number)
      skipSettled()
      return
    }
    unsavedAcknowledgements += 1
    if firstUnsavedAt == nil { firstUnsavedAt = now }
    let drained = cursor >= diskEnd
    // A report of what was rejected is due soon, and its block will have the cursor too.
    let canWait = lanes.rejectedAt != nil && unsavedAcknowledgements < options.cursorAfter
    if degraded == nil, !canWait, drained || unsavedAcknowledgements >= options.cursorAfter { saveCursor(now: now) }
  }

  /// Gives up everything that waits.
  mutating func purge(now: Uptime) {
    beginCall()
    giveUp(below: diskEnd, holes: holes, .purged, now: now)
    for record in ram.records(limit: .max) { evict(record, .purged) }
    pending = SparseBitSet()
    ram.remove(below: ram.end)
    frontier = ram.end
    carried = []
    if lanes.rejectedAt != nil { owesReport = true }
    lanes = Lanes()
    settleLosses(now: now)
  }

  /// Keeps `frontier` out of the numbers that were settled in RAM and so are nowhere.
  mutating func skipSettled() {
    if frontier >= diskEnd, frontier < ram.first { frontier = ram.first }
  }

  /// While the disk cannot be written, RAM has a limit. An eighth goes at a time, so that reports are few.
  mutating func trimRAM(now: Uptime) {
    guard ram.memory > options.degradedLimit else { return }
    if degraded?.evicting == false {
      degraded?.evicting = true
      notices.append(.evictingFromRAM)
    }
    while ram.memory > options.degradedLimit / 8 * 7, !ram.isEmpty {
      let oldest = ram.first
      if !leavePending(oldest) { lanes.forget(oldest) }
      if let bytes = ram[oldest] { evict(bytes, .evicted) }
      ram.remove(below: oldest + 1)
      skipSettled()
    }
    carried.removeAll { $0 < ram.first }
    writeReports(now: now)
  }
}

extension [RecordNumber] {
  /// Where `number` is in this ascending array.
  func firstIndex(ofSorted number: RecordNumber) -> Int? {
    let index = firstIndex(notBelow: number)
    return index < endIndex && self[index] == number ? index : nil
  }

  /// Where the numbers begin that are not below `number`.
  func firstIndex(notBelow number: RecordNumber) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
