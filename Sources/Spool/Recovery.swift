import Telemetry

/// What a store holds, found out by reading it.
extension Ring {
  /// What the blocks of one segment say.
  private struct Survey {
    let number: Int
    var blocks: [(index: Int, block: Block)] = []
    var failed: [(slot: Int, error: StorageError)] = []
    /// Slots behind the last block that hold something broken, or cannot be read: it may have been a block.
    var doubtfulTail: Int { doubtful.count { $0 > blocks.last?.index ?? -1 } }
    var doubtful: [Int] = []

    mutating func leaveOutLeftOver() {
      guard let newest = blocks.max(by: { $0.block.serial < $1.block.serial }) else { return }
      let base = newest.block.number - UInt64(newest.index)
      blocks.removeAll { $0.block.number - UInt64($0.index) != base }
    }

    var first: Block? { blocks.first?.block }
    /// Number of the block in the first slot.
    var base: UInt64 { blocks.first.map { $0.block.number - UInt64($0.index) } ?? 0 }
  }

  /// Opens a store: reads what is there and writes the block that begins a new epoch. A store that cannot be written
  /// is no error, nor is one that cannot be read at all: the ring is degraded then, and works without it. Throws when
  /// the store is not a spool of this version, or another process has it; nothing has been written then.
  ///
  /// `least`: what the epoch has to be at least.
  init(
    opening store: any BlockStore, options: SpoolOptions, bookkeeper: any Bookkeeper, least: UInt32 = 1, now: Uptime
  ) throws(StorageError) {
    self.store = store
    self.options = options
    self.bookkeeper = bookkeeper
    intake = IntakeRate(now: now)
    do throws(StorageError) {
      try recover(least: least, now: now)
    } catch {
      guard !error.isRefusal else { throw error }
      startWithout(error, now: now)
    }
  }

  /// Nobody knows what epochs the store has seen: one is drawn from the upper half, where it meets no other.
  private mutating func startWithout(_ error: StorageError, now: Uptime) {
    storeID = UInt64.random(in: 1 ... .max)
    epoch = UInt32.random(in: Block.epochLimit / 2..<Block.epochLimit / 4 * 3)
    degrade(error, now: now)
  }

  private mutating func recover(least: UInt32, now: Uptime) throws(StorageError) {
    var surveys: [Survey] = []
    for number in try store.segments() { surveys.append(try survey(number, whole: false)) }
    let written = surveys.filter { $0.first != nil }.sorted { $0.base < $1.base }
    let failed = surveys.flatMap(\.failed)
    if written.isEmpty, let failure = failed.first { throw failure.error }
    for fault in failed { notices.append(.unreadable(slot: fault.slot, error: fault.error)) }
    for survey in surveys where survey.first == nil {
      if survey.failed.isEmpty { free.append(survey.number) } else { excluded.append(survey.number) }
    }
    try recover(written, now: now)
    epoch = min(max(epoch, least), Block.epochLimit - 1)
    let (place, recovered, segments) = (notices.count, tally.recovered, live.count)
    beginEpoch(now: now)
    notices.insert(.opened(epoch: epoch, recovered: recovered, segments: segments), at: place)
  }

  /// Writes the block that makes the new epoch known, with the reports that the last one carried. An epoch that cannot
  /// be written is drawn at random from those above: the next start, which will not know of it, must not take it again.
  private mutating func beginEpoch(now: Uptime) {
    let end = ram.end
    if write(upTo: ram.end, mayEvict: true, now: now) {
      giveBackSurplus()
      return settleLosses(now: now)
    }
    epoch = min(epoch, Block.epochLimit - 1 - Self.epochLeap) + UInt32.random(in: 1...Self.epochLeap)
    retakeReports(from: end, now: now)
  }

  /// The reports from `number` on, of what had to go for that block, were named in the epoch that could not be written:
  /// the next start would give these names again. They are made anew.
  private mutating func retakeReports(from number: RecordNumber, now: Uptime) {
    let reports = ram.removeAll(from: number)
    guard !reports.isEmpty else { return }
    carried.removeAll { $0 >= number }
    lanes.forget(number..<number + UInt64(reports.count))
    tally.taken -= reports.count
    bookkeeper.retake(reports)
    owesReport = true
    settleLosses(now: now)
  }

  static let epochLeap: UInt32 = 1 << 20

  /// Whether the store that is there now is the one that was there before.
  mutating func recognise() throws(StorageError) {
    let found = try store.segments()
    for segment in live where !found.contains(segment.number) {
      throw StorageError("find segment \(segment.number) of the spool: it is gone", code: 0)
    }
    free.removeAll { !found.contains($0) }
    let known = Set(live.map(\.number) + free + excluded)
    for number in found where !known.contains(number) {
      let survey = try survey(number, whole: false)
      guard survey.first != nil || !survey.failed.isEmpty else {
        free.append(number)
        continue
      }
      guard !live.isEmpty else {
        if survey.first == nil, let failure = survey.failed.first { throw failure.error }
        appeared = store
        throw StorageError("use the spool, which was not there at the start", code: 0)
      }
      excluded.append(number)
    }
    guard let last = live.last else { return }
    let survey = try survey(last.number, whole: false)
    guard survey.first?.store == storeID, survey.base == last.base else {
      throw StorageError("find the spool: another one is in its place", code: 0)
    }
  }

  private mutating func recover(_ written: [Survey], now: Uptime) throws(StorageError) {
    epoch = 1
    storeID = written.last?.first?.store ?? UInt64.random(in: 1 ... .max)
    var blocks: [Block] = []
    for survey in written {
      guard let first = survey.first else { continue }
      guard first.store == storeID else {
        throw StorageError(
          refusing: "open spool: segment \(survey.number) belongs to another spool; nothing was changed")
      }
      live.append(Segment(number: survey.number, base: survey.base, first: first.first, holes: first.holes))
      blocks.append(first)
    }
    bound()
    // Only the last two can hold the newest cursor: a third segment is begun when the first is settled or full.
    var doubtful = store.slotsPerSegment * excluded.count
    var inLast: [Block] = []
    for segment in live.suffix(2) {
      var whole = try survey(segment.number, whole: true)
      whole.blocks.removeAll { $0.block.number - UInt64($0.index) != segment.base }
      for fault in whole.failed where !whole.blocks.isEmpty {
        notices.append(.unreadable(slot: fault.slot, error: fault.error))
      }
      inLast = whole.blocks.map(\.block)
      blocks += inLast
      doubtful += whole.doubtfulTail
      continueWriting(after: whole, in: segment)
    }
    // What another process wrote and did not sync can be read all the same. A disk that cannot do this will fail at
    // the block of the new epoch too.
    for segment in live.suffix(2) { try? store.sync(segment: segment.number) }
    guard let newest = blocks.max(by: { $0.serial < $1.serial }) else { return }
    serial = newest.serial + 1
    // Every block that cannot be read may have begun an epoch of its own.
    epoch = 1 + blocks.reduce(0) { max($0, $1.epoch) } + UInt32(doubtful)
    nextBase += UInt64(store.slotsPerSegment * excluded.count)
    evictedEver = newest.evicted
    expiredEver = newest.expired
    lostEver = newest.lost
    // After a failed write that can be an earlier one than the newest.
    let last = inLast.max { ($0.end, $0.serial) < ($1.end, $1.serial) } ?? newest
    diskEnd = last.end
    holes = last.holesAtEnd
    let highest =
      [newest.serial, newest.number, diskEnd, newest.evicted, newest.expired, newest.lost, nextBase].max() ?? 0
    guard highest < Block.numberLimit / 2, epoch < Block.epochLimit / 8 * 7 else {
      throw StorageError(refusing: "open spool: its numbers are too large to be true; nothing was changed")
    }
    savedCursor = blocks.reduce(0) { max($0, $1.cursor) }
    frontier = savedCursor
    ram = RecordBuffer(first: max(diskEnd, frontier))
    releaseSettled()
    locateFrontier(now: now)
    tally.recovered = unreadOnDisk
    acknowledgedBefore =
      Int(ram.end) - tally.recovered - Int(clamping: evictedEver &+ expiredEver &+ lostEver)
    // Which of the records on the disk are urgent only their bytes could tell.
    if frontier < diskEnd { lanes.close(until: diskEnd) }
    for report in newest.carried { takeReport(report, now: now) }
  }

  /// A segment ends where a later one begins. One that was left by a failed write can say that it begins after that.
  private mutating func bound() {
    for index in live.indices.dropLast().reversed() where live[index].first > live[index + 1].first {
      let (segment, next) = (live[index], live[index + 1])
      live[index] = Segment(number: segment.number, base: segment.base, first: next.first, holes: next.holes)
    }
  }

  /// The next block goes behind the last valid one. A slot that could not be read may be valid some day: then a new
  /// segment is begun, so that this one's records end where the new one's begin.
  private mutating func continueWriting(after survey: Survey, in segment: Segment) {
    nextBase = segment.base + UInt64(store.slotsPerSegment)
    head = nil
    guard survey.failed.isEmpty, let last = survey.blocks.last else { return }
    head = Head(segment: segment.number, base: segment.base, next: last.index + 1, begun: true)
  }

  /// Reads a segment, or only its first slot if that has a block and no more is wanted. Blocks that are left over from
  /// an earlier use are recognised by the newest one.
  private func survey(_ number: Int, whole: Bool) throws(StorageError) -> Survey {
    var survey = Survey(number: number)
    var foreign = 0
    var broken = 0
    for index in 0..<store.slotsPerSegment {
      let slot = number * store.slotsPerSegment + index
      let bytes: [UInt8]
      do throws(StorageError) { bytes = try store.read(slot: slot) } catch {
        survey.failed.append((slot, error))
        survey.doubtful.append(index)
        continue
      }
      do throws(BlockFault) {
        let block = try Block(decoding: bytes)
        if block.stands(at: index, of: store.slotsPerSegment) { survey.blocks.append((index, block)) }
        if !whole, index == 0, survey.first != nil { return survey }
      } catch {
        switch error {
        case .blank: break
        case .foreign:
          foreign += 1
          survey.doubtful.append(index)
        case .checksum, .malformed:
          broken += 1
          survey.doubtful.append(index)
        case .version(let version):
          throw StorageError(
            refusing: "open spool: segment \(number) has format version \(version), this program knows version "
              + "\(Block.version): install the fieldpost that wrote it again; nothing was changed")
        }
      }
    }
    // A power cut can leave rubbish in the one slot that was being written.
    if survey.first == nil, foreign > 1, broken == 0 {
      throw StorageError(refusing: "open spool: segment \(number) is not part of a spool; nothing was changed")
    }
    survey.leaveOutLeftOver()
    return survey
  }

  /// Finds out how many holes are below the frontier, so that lost records can be told from them.
  private mutating func locateFrontier(now: Uptime) {
    guard frontier < diskEnd else { return }
    // There are no more holes than numbers, even when no block can be read.
    defer { frontierHoles = min(holes, max(frontierHoles, holes - min(holes, diskEnd - frontier))) }
    var previous: Block?
    let begin = live.lastIndex { $0.first <= frontier } ?? 0
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

  /// Between two blocks, holes come first: what was settled was so before the later block was written. There are at
  /// most as many as there are numbers; a block that was left by a failed write may seem to say otherwise.
  private func holes(at number: RecordNumber, between previous: Block?, and next: Block) -> UInt64 {
    if next.first <= number { return next.holes(below: number) }
    guard let previous else { return next.holes }
    let least = next.holes - min(next.holes, next.first - number)
    return min(next.holes, max(least, previous.holesAtEnd + (number - previous.end)))
  }
}
