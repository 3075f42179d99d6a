import Telemetry

/// Recovery: reading what a store holds.
extension Ring {
  /// The part of a block that recovery needs. The records are read later, on demand: a large buffer has too many first
  /// blocks to keep them all.
  private struct Label {
    let serial: UInt64
    let store: UInt64
    let base: UInt64
    let cursor: RecordNumber
    let first: RecordNumber
    let end: RecordNumber
    let holes: UInt64
    let holesAtEnd: UInt64
    let evicted: UInt64
    let expired: UInt64
    let lost: UInt64
    let epoch: UInt32
    let carried: [[UInt8]]

    init(_ block: Block, at index: Int) {
      (serial, store, base, cursor) = (block.serial, block.store, block.number - UInt64(index), block.cursor)
      (first, end, holes, holesAtEnd) = (block.first, block.end, block.holes, block.holesAtEnd)
      (evicted, expired, lost, epoch) = (block.evicted, block.expired, block.lost, block.epoch)
      carried = block.carried
    }
  }

  /// The result of reading one segment's blocks.
  private struct SegmentSurvey {
    let number: Int
    var blocks: [(index: Int, block: Label)] = []
    var failed: [(slot: Int, error: StorageError)] = []
    /// Indices of slots that are broken or unreadable: each may have held a block.
    var doubtful: [Int] = []
    var foreign = 0
    var broken = 0

    var first: Label? { blocks.first?.block }
    /// The segment has no block but something else, in several slots. A power cut can leave rubbish in the one slot
    /// that was being written.
    var isForeign: Bool { blocks.isEmpty && foreign > 1 && broken == 0 }
    /// How many slots may have held a newer block than any known one. No slot is written before the first one is safe,
    /// so behind a sound first slot only those behind the last block qualify.
    var doubtfulTail: Int { doubtful.count { $0 > blocks.last?.index ?? -1 } }
    var isFirstDoubtful: Bool { doubtful.first == 0 }

    mutating func leaveOutLeftOver() {
      guard let newest = blocks.max(by: { $0.block.serial < $1.block.serial }) else { return }
      blocks.removeAll { $0.block.base != newest.block.base }
    }
  }

  /// The result of reading the first blocks of all segments. For each segment it keeps no more than the ring does.
  private struct Inventory {
    var live: SegmentList
    var free: [Int] = []
    var excluded: [Int] = []
    /// By store ID: the store's largest base, and the segment that has it.
    var stores: [UInt64: (base: UInt64, segment: Int)] = [:]
    var newest: Label?
    var cursor: RecordNumber = 0
    var epoch: UInt32 = 0
    var doubtful = 0
    var foreign: [Int] = []
    var faults: [(slot: Int, error: StorageError)] = []

    mutating func add(_ survey: SegmentSurvey, slots: Int) {
      if let fault = survey.failed.first { faults.append(fault) }
      guard let first = survey.first else {
        if survey.isForeign { foreign.append(survey.number) }
        guard survey.isForeign || !survey.failed.isEmpty else {
          free.append(survey.number)
          doubtful += survey.doubtful.count
          return
        }
        excluded.append(survey.number)
        doubtful += slots
        return
      }
      if survey.isFirstDoubtful { doubtful += survey.doubtful.count }
      live.append(Segment(number: survey.number, base: first.base, first: first.first, holes: first.holes))
      if first.base >= stores[first.store]?.base ?? 0 { stores[first.store] = (first.base, survey.number) }
      take(first)
    }

    mutating func take(_ block: Label) {
      cursor = max(cursor, block.cursor)
      epoch = max(epoch, block.epoch)
      if block.serial >= newest?.serial ?? 0 { newest = block }
    }
  }

  /// Opens a store: reads its content and writes the block that begins a new epoch. If the store cannot be written, or
  /// not be read at all, this does not throw: the ring is degraded and works without it. Throws when the store is not a
  /// spool of this version, or another process is using it; nothing has been written then.
  ///
  /// `least` is the minimum for the epoch.
  init(
    opening store: any BlockStore, options: SpoolOptions, lossReporter: any LossReporter, least: UInt32 = 1, now: Uptime
  ) throws(StorageError) {
    self.store = store
    self.options = options
    self.lossReporter = lossReporter
    live = SegmentList(slotsPerSegment: store.slotsPerSegment)
    owesNote = options.device != nil
    intake = IntakeRate(now: now)
    do throws(StorageError) {
      try recover(least: least, now: now)
    } catch {
      guard !error.isRefusal else { throw error }
      startWithout(error, now: now)
    }
  }

  /// Starts without a store, and so without knowing which epochs it has seen.
  private mutating func startWithout(_ error: StorageError, now: Uptime) {
    storeID = options.chance.number(in: 1 ... .max)
    epoch = options.chance.number(in: Epochs.unknown)
    degrade(error, now: now)
  }

  private mutating func recover(least: UInt32, now: Uptime) throws(StorageError) {
    var found = Inventory(live: live)
    for number in try store.segments() {
      found.add(try survey(number, whole: false), slots: store.slotsPerSegment)
    }
    if found.live.isEmpty {
      if let number = found.foreign.first { throw Self.notOurs(number) }
      if let failure = found.faults.first { throw failure.error }
    }
    for fault in found.faults { notices.append(.unreadable(slot: fault.slot, error: fault.error)) }
    for number in found.foreign { notices.append(.segmentLeftOut(number)) }
    (free, excluded) = (found.free, found.excluded)
    let isNew = found.live.isEmpty
    if isNew {
      storeID = options.chance.number(in: 1 ... .max)
      epoch = firstEpoch(doubtful: found.doubtful)
    } else {
      try recover(&found, now: now)
    }
    try claimForDevice()
    epoch = min(max(epoch, least), Block.epochLimit - 1)
    let (place, recovered, segments) = (notices.count, tally.recovered, live.count)
    beginEpoch(now: now)
    notices.insert(.opened(epoch: epoch, recovered: recovered, segments: segments), at: place)
    if isNew { notices.insert(.madeAnew(epoch: epoch), at: place + 1) }
  }

  /// The first epoch of a store without a block. Something broken in it may have been one.
  private func firstEpoch(doubtful: Int) -> UInt32 {
    guard doubtful == 0 else { return options.chance.number(in: Epochs.unknown) }
    return options.firstEpoch ?? options.chance.number(in: Epochs.withoutClock)
  }

  private static func notOurs(_ segment: Int) -> StorageError {
    StorageError(refusing: "open spool: segment \(segment) is not part of a spool; nothing was changed")
  }

  /// Writes the block that begins the new epoch, with the reports that the previous block carried. If it cannot be
  /// written, the epoch leaps by a random amount: the next start will not know of this epoch and must not use it again.
  private mutating func beginEpoch(now: Uptime) {
    let end = ram.end
    if write(upTo: ram.end, mayEvict: true, now: now) {
      giveBackSurplus()
      return settleLosses(now: now)
    }
    epoch = min(epoch, Block.epochLimit - 1 - Self.epochLeap) + options.chance.number(in: 1...Self.epochLeap)
    retakeReports(from: end, now: now)
  }

  /// Withdraws the reports from `number` on and has them made again. They report records that were given up for that
  /// block, under identities with the epoch that could not be written. The next start would use these identities again.
  private mutating func retakeReports(from number: RecordNumber, now: Uptime) {
    let reports = ram.removeAll(from: number)
    guard !reports.isEmpty else { return }
    carried.removeAll { $0 >= number }
    lanes.forget(number..<number + UInt64(reports.count))
    tally.taken -= reports.count
    lossReporter.retake(reports)
    owesReport = true
    settleLosses(now: now)
  }

  static let epochLeap: UInt32 = 1 << 20

  /// Throws unless the store that is there now is the one that was there before.
  mutating func recognise() throws(StorageError) {
    let found = try store.segments()
    for segment in live where !found.contains(segment.number) {
      throw StorageError("find segment \(segment.number) of the spool: it is gone", code: 0)
    }
    free.removeAll { !found.contains($0) }
    let others = SegmentNumbers(free + excluded)
    for number in found where !others.contains(number) && !live.contains(number: number) {
      let survey = try survey(number, whole: false)
      guard survey.first != nil || survey.isForeign || !survey.failed.isEmpty else {
        free.append(number)
        continue
      }
      guard !live.isEmpty else {
        if survey.isForeign { throw Self.notOurs(number) }
        if survey.first == nil, let failure = survey.failed.first { throw failure.error }
        appeared = store
        throw StorageError("use the spool, which was not there at the start", code: 0)
      }
      excluded.append(number)
    }
    try confirmDevice()
    guard let last = live.last else { return }
    let survey = try survey(last.number, whole: false)
    guard survey.first?.store == storeID, survey.first?.base == last.base else {
      throw StorageError("find the spool: another one is in its place", code: 0)
    }
  }

  private mutating func recover(_ found: inout Inventory, now: Uptime) throws(StorageError) {
    storeID = (found.stores.max { $0.value.base < $1.value.base })?.key ?? 0
    for (id, place) in found.stores where id != storeID {
      throw StorageError(
        refusing: "open spool: segment \(place.segment) belongs to another spool; nothing was changed")
    }
    swap(&live, &found.live)
    live.sort()
    live.bound()
    // Only the last two segments can hold the newest cursor: a third is begun only when the first is settled or full.
    var inLast: [Label] = []
    for segment in live.suffix(2) {
      var whole = try survey(segment.number, whole: true)
      whole.blocks.removeAll { $0.block.base != segment.base }
      for fault in whole.failed where !whole.blocks.isEmpty {
        notices.append(.unreadable(slot: fault.slot, error: fault.error))
      }
      inLast = whole.blocks.map(\.block)
      for block in inLast { found.take(block) }
      if !whole.isFirstDoubtful { found.doubtful += whole.doubtfulTail }
      continueWriting(after: whole, in: segment)
    }
    // Blocks that another process wrote but did not sync are readable all the same, so sync them now. A disk that
    // cannot do this will fail at the new epoch's block too.
    for segment in live.suffix(2) { try? store.sync(segment: segment.number) }
    guard let newest = found.newest else { return }
    serial = newest.serial + 1
    // Each unreadable block may have begun an epoch of its own.
    epoch = 1 + found.epoch + UInt32(min(found.doubtful, Int(Block.epochLimit / 8)))
    nextBase += UInt64(store.slotsPerSegment * excluded.count)
    evictedEver = newest.evicted
    expiredEver = newest.expired
    lostEver = newest.lost
    // After a failed write the block with the largest end may be older than the newest block.
    let last = inLast.max { ($0.end, $0.serial) < ($1.end, $1.serial) } ?? newest
    diskEnd = last.end
    holes = last.holesAtEnd
    let highest =
      [newest.serial, newest.base, diskEnd, newest.evicted, newest.expired, newest.lost, nextBase].max() ?? 0
    guard highest < Block.numberLimit / 2, epoch < Block.epochLimit / 8 * 7 else {
      throw StorageError(refusing: "open spool: its numbers are too large to be true; nothing was changed")
    }
    savedCursor = found.cursor
    frontier = savedCursor
    ram = RecordBuffer(first: max(diskEnd, frontier))
    releaseSettled()
    locateFrontier(now: now)
    tally.recovered = unreadOnDisk
    acknowledgedBefore =
      Int(ram.end) - tally.recovered - Int(clamping: evictedEver &+ expiredEver &+ lostEver)
    // Only their bytes could tell which records on the disk are urgent.
    if frontier < diskEnd { lanes.close(until: diskEnd) }
    for report in newest.carried { takeReport(report, now: now) }
  }

  /// Places the next block behind the last valid one. If a slot could not be read, it may become valid later: then a
  /// new segment is begun instead, so that the records of this one end where those of the new one begin.
  private mutating func continueWriting(after survey: SegmentSurvey, in segment: Segment) {
    nextBase = segment.base + UInt64(store.slotsPerSegment)
    head = nil
    guard survey.failed.isEmpty, let last = survey.blocks.last else { return }
    head = Head(segment: segment.number, base: segment.base, next: last.index + 1, begun: true)
  }

  /// A segment is left out after this many failed reads at its beginning. On a dying card each read can take half a
  /// minute, and a dead region can span many segments.
  private static let failuresAtBeginning = 16

  /// Reads a segment, or only its first slot if that has a block and `whole` is false. Blocks left over from an earlier
  /// use are recognised by comparison with the newest one.
  private func survey(_ number: Int, whole: Bool) throws(StorageError) -> SegmentSurvey {
    var survey = SegmentSurvey(number: number)
    for index in 0..<store.slotsPerSegment {
      let slot = number * store.slotsPerSegment + index
      let bytes: [UInt8]
      do throws(StorageError) { bytes = try store.read(slot: slot) } catch {
        survey.failed.append((slot, error))
        survey.doubtful.append(index)
        if !whole, survey.failed.count == Self.failuresAtBeginning, index + 1 == survey.failed.count { return survey }
        continue
      }
      do throws(BlockFault) {
        let block = try Block(decoding: bytes)
        if block.stands(at: index, of: store.slotsPerSegment) { survey.blocks.append((index, Label(block, at: index))) }
        if !whole, index == 0, survey.first != nil { return survey }
      } catch {
        switch error {
        case .blank: break
        case .foreign:
          survey.foreign += 1
          survey.doubtful.append(index)
        case .checksum, .malformed:
          survey.broken += 1
          survey.doubtful.append(index)
        case .version(let version):
          throw StorageError(
            refusing: "open spool: segment \(number) has format version \(version), this program knows version "
              + "\(Block.version): install the fieldpost that wrote it again; nothing was changed")
        }
      }
    }
    survey.leaveOutLeftOver()
    return survey
  }

  /// Counts the holes below the frontier, to distinguish them from lost records.
  private mutating func locateFrontier(now: Uptime) {
    guard frontier < diskEnd else { return }
    // There cannot be more holes than numbers, even if no block can be read.
    defer { frontierHoles = min(holes, max(frontierHoles, holes - min(holes, diskEnd - frontier))) }
    var previous: Block?
    let begin = live.lastIndex(beginningBy: frontier) ?? 0
    for segment in live.indices[begin...] {
      for index in 0..<store.slotsPerSegment {
        guard case .block(let block) = load(segment, index, now: now) else { continue }
        guard block.end <= frontier else {
          frontierHoles = holes(at: frontier, between: previous, and: block)
          return
        }
        previous = block
      }
    }
  }

  /// Between two blocks, holes come first: their records were settled before the later block was written. There are at
  /// most as many holes as numbers, but a block left by a failed write may suggest otherwise.
  private func holes(at number: RecordNumber, between previous: Block?, and next: Block) -> UInt64 {
    if next.first <= number { return next.holes(below: number) }
    guard let previous else { return next.holes }
    let least = next.holes - min(next.holes, next.first - number)
    return min(next.holes, max(least, previous.holesAtEnd + (number - previous.end)))
  }
}
