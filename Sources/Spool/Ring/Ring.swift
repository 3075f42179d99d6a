import Telemetry

/// The disk buffer without threads and clocks: the caller passes the time with every call, and the ring does what is
/// due.
///
/// A record stays in RAM for up to `durableAfter`; a critical record, or too much in RAM, is written earlier. A record
/// that is acknowledged before it is written costs no byte on the disk. Records on the disk are read back when they are
/// needed; RAM holds no list of them.
///
/// Record numbers, in ascending order when they all differ:
///
///     cursor          the oldest waiting record; all smaller numbers are settled
///     frontier        the first record that `next` has never handed out
///     diskEnd         one more than the last record in a block
///     ram.first       the oldest record in RAM; smaller numbers that are in no block are settled: "holes"
///     ram.end         the number of the next record
///
/// The rules that keep records safe:
/// * A block is written only to a slot whose former content is settled, or is also in another block that is safe. It
///   counts once the sync has returned.
/// * A segment is reused only after a block elsewhere, safely on the disk, says that all of its records are settled.
/// * A segment begins with its first slot, or not at all, so recovery may trust the first valid block.
/// * After a failed write the records, still in RAM, go to other slots; the failed slots are not written again in this
///   use of the segment.
/// * After a failure the records, still in RAM, go to other slots; the failed ones are not touched again.
struct Ring {
  /// A segment that holds records, or whose records are settled by now.
  struct Segment: Hashable {
    let number: Int
    /// Block number of the segment's first slot.
    let base: UInt64
    /// `first` and `holes` of the segment's first valid block.
    let first: RecordNumber
    let holes: UInt64
  }

  /// The place for the next block.
  struct Head {
    let segment: Int
    let base: UInt64
    /// Index of the next slot. The slots before it are used or have failed.
    var next: Int
    /// Whether the first slot is on the disk. The segment is then the last one of `live`.
    var begun: Bool
    var tail: Tail?
    /// Index of a slot next to the tail's slot that can be overwritten.
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

  /// Read failures of one slot.
  struct ReadFault {
    var attempts: Int
    /// Earliest time for the next attempt. Nil means that the next reader may try.
    var retryAt: Uptime?
  }

  var store: any BlockStore
  let options: SpoolOptions
  let lossReporter: any LossReporter
  var storeID: UInt64 = 0
  var epoch: UInt32 = 0
  /// Whether the store's device note still has to be written.
  var owesNote: Bool

  /// Segments that hold records, oldest first.
  var live: SegmentList
  /// Segments whose content is settled, in the order in which they will be used.
  var free: [Int] = []
  /// The part of `free` whose first slot could not be written the last time. Used only when there are no others.
  var doubtful: Set<Int> = []
  /// Segments that are left alone because they could not be read or do not belong to the spool.
  var excluded: [Int] = []
  var head: Head?
  /// Serial number of the next block. It grows with every write.
  var serial: UInt64 = 1
  /// The base of the next segment.
  var nextBase: UInt64 = 0
  var diskEnd: RecordNumber = 0
  /// How many of the numbers below `diskEnd` are not on the disk because their records were settled before.
  var holes: UInt64 = 0
  /// The newest cursor that is certainly on the disk.
  var savedCursor: RecordNumber = 0
  var unsavedAcknowledgements = 0
  var firstUnsavedAt: Uptime?
  var failures = 0
  var degraded: Degraded?
  /// Set when creating a segment has failed. There is no new attempt before `until`.
  var noSpace: (error: StorageError, until: Uptime)?
  /// Set when no slot was free, or when writing reports kept evicting more records. Nothing is written before this
  /// time.
  var stalledUntil: Uptime?

  var ram = RecordBuffer(first: 0)
  /// Numbers of the loss reports in RAM, ascending. Blocks carry copies of these reports.
  var carried: [RecordNumber] = []
  /// The `LossReporter` was told of losses and has not been asked for reports yet.
  var owesReport = false

  /// Records that were handed out and are not acknowledged yet.
  var pending = SparseBitSet()
  var frontier: RecordNumber = 0
  /// Like `holes`, but for the numbers below `frontier`. Meaningless once `frontier` has reached `diskEnd`.
  var frontierHoles: UInt64 = 0
  var lanes = Lanes()
  /// The block that was read last, and its position in `live`.
  var cached: (block: Block, segment: Int, index: Int)?
  /// Read failures by slot: the readers of in-order, urgent and held records may wait for different slots at the same
  /// time.
  var readFaults: [Int: ReadFault] = [:]
  /// When reads began to fail; nil while the last read succeeded.
  var unreadableSince: Uptime?
  /// The slot that was read last. Probing it shows whether anything can be read.
  var witness: Int?
  /// How many more reads may fail in this call. `init` has no limit: what recovery does not find, nothing finds later.
  var failingReadsLeft = Int.max
  /// Slots that are never read: given up after failed reads, or left by a failed write.
  var condemned: Set<Int> = []
  /// Slots without a valid block that the last search passed.
  var suspects: [Int] = []

  var intake: IntakeRate
  var outflow = Outflow()
  /// A store that was not there before and can be used now, by opening it from the start.
  var appeared: (any BlockStore)?
  /// The store's path no longer leads to the open store.
  var isDisplaced = false
  /// Segments that the store now under the path lacks, or has only in a different or older version.
  var missing: Set<Int> = []
  /// When the path was last checked.
  var confirmedAt = Uptime(nanoseconds: 0)

  var tally = SpoolCounters()
  var evictedEver: UInt64 = 0
  var expiredEver: UInt64 = 0
  var lostEver: UInt64 = 0
  /// Losses on the disk above the cursor. After a power cut recovery would find them again, so a block's totals do not
  /// include them yet. The cursor may not move for days: evicted and expired records take a bit each, and `lost` an
  /// element for each loss.
  var beyond = (evicted: SparseBitSet(), expired: SparseBitSet(), lost: [(number: RecordNumber, count: UInt64)]())
  /// Number of records that were acknowledged before this start, since the store was made.
  var acknowledgedBefore = 0
  /// Number of records that expired since the last report.
  var expiredNow = 0
  /// The last `next` may have left records behind: it gave up many records, reads failed, or it found losses to report.
  var wasCutShort = false
  /// The last `nextHeld` met a record that the disk could not read.
  var heldWasCutShort = false
  var refusedSinceAccepted = 0
  /// An urgent record or a report has arrived since the caller last reset this flag.
  var tookUrgent = false
  /// Events for the log. The caller of the ring takes them away.
  var notices: [SpoolNotice] = []

  /// All records with smaller numbers are settled.
  var cursor: RecordNumber { pending.first ?? frontier }

  /// How many records on the disk `next` has never returned, as far as is known without reading them.
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
    // Files that the path does not lead to will not be found again, so records in them do not count as durable.
    if isDisplaced { counters.durable = 0 }
    counters.ledger.taken = ram.end
    counters.ledger.acknowledged = UInt64(max(0, acknowledgedBefore + tally.acknowledged))
    counters.ledger.evicted = evictedEver
    counters.ledger.expired = expiredEver
    counters.ledger.lost = lostEver
    counters.ledger.waiting = UInt64(counters.waiting)
    return counters
  }

  /// How long it would take to fill the disk if nothing were acknowledged any more. Nil means that no rate is known
  /// yet.
  func timeLeft(now: Uptime) -> Duration? {
    guard let rate = intake.slotsPerSecond(now: now, durableAfter: options.durableAfter) else { return nil }
    return .seconds(Double(slotsLeft(now: now)) / rate)
  }

  /// Returns `deadline` and the notices, and removes the notices. Mutating, so that nobody copies the ring to read
  /// them.
  mutating func takeNews() -> (deadline: Uptime?, notices: [SpoolNotice]) {
    defer { notices = [] }
    return (deadline, notices)
  }

  /// When `tick` next has work to do. Nil means not before another method is called.
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

  /// Does whatever is due.
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

  /// Takes a record. Nil means that it is too long for a block, or that there is no room and nothing may be given up.
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

  /// Like `append`, for a record that a spool has already accepted: without room for it, it is given up and reported.
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

  /// Marks a record as delivered. A number that is not awaiting acknowledgement is ignored.
  mutating func acknowledge(_ number: RecordNumber, now: Uptime) {
    outflow.acknowledged(at: now)
    guard leavePending(number) else { return acknowledgeAhead(number) }
    tally.acknowledged += 1
    conclude(number, now: now)
  }

  /// False if the record is not handed out, or was handed out ahead of the frontier.
  mutating func leavePending(_ number: RecordNumber) -> Bool {
    guard pending.remove(number) else { return false }
    lanes.forget(number)
    return true
  }

  /// Called when a record that was handed out is settled: removes it from RAM, or moves the cursor.
  mutating func conclude(_ number: RecordNumber, now: Uptime) {
    guard number < diskEnd else {
      ram.settle(number)
      skipSettled()
      return
    }
    unsavedAcknowledgements += 1
    if firstUnsavedAt == nil { firstUnsavedAt = now }
    let drained = cursor >= diskEnd
    // A report of rejected records is due soon, and its block will contain the cursor too.
    let canWait = lanes.rejectedAt != nil && unsavedAcknowledgements < options.cursorAfter
    if degraded == nil, !canWait, drained || unsavedAcknowledgements >= options.cursorAfter { saveCursor(now: now) }
  }

  /// Gives up all waiting records.
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

  /// Moves `frontier` past numbers that were settled in RAM and so are stored nowhere.
  mutating func skipSettled() {
    if frontier >= diskEnd, frontier < ram.first { frontier = ram.first }
  }

  /// Enforces the RAM limit while the disk cannot be written. Evicts an eighth of it at a time, to keep reports few.
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
  /// Index of `number` in this ascending array.
  func firstIndex(ofSorted number: RecordNumber) -> Int? {
    let index = firstIndex(notBelow: number)
    return index < endIndex && self[index] == number ? index : nil
  }

  /// Index of the first number that is not below `number`.
  func firstIndex(notBelow number: RecordNumber) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
