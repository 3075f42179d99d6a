import Telemetry

/// What a store holds, found out by reading it.
extension Ring {
  /// What the blocks of one segment say.
  private struct Survey {
    let number: Int
    var blocks: [(index: Int, block: Block)] = []
    var failed: [(slot: Int, error: StorageError)] = []

    var first: Block? { blocks.first?.block }
    /// Number of the block in the first slot.
    var base: UInt64 { blocks.first.map { $0.block.number - UInt64($0.index) } ?? 0 }
  }

  /// Opens a store: reads what is there and writes the block that begins a new epoch. A store that cannot be written
  /// is no error: the ring is degraded then. Throws when the store cannot be read at all, or is not a spool of this
  /// version; nothing has been written then.
  init(opening store: any BlockStore, options: SpoolOptions, now: Uptime) throws(StorageError) {
    self.store = store
    self.options = options
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
    notices.append(.opened(epoch: epoch, recovered: tally.recovered, segments: live.count))
    writeEpoch(now: now)
  }

  private mutating func recover(_ written: [Survey], now: Uptime) throws(StorageError) {
    epoch = 1
    storeID = written.last?.first?.store ?? UInt64.random(in: 1 ... .max)
    var blocks: [Block] = []
    for survey in written {
      guard let first = survey.first else { continue }
      guard first.store == storeID else {
        throw StorageError(
          "open spool: segment \(survey.number) belongs to another spool; nothing was changed", code: 0)
      }
      live.append(Segment(number: survey.number, base: survey.base, first: first.first, holes: first.holes))
      blocks.append(first)
    }
    bound()
    // Only the last two can hold the newest cursor: a third segment is begun when the first is settled or full.
    for segment in live.suffix(2) {
      let whole = try survey(segment.number, whole: true)
      blocks += whole.blocks.map(\.block)
      continueWriting(after: whole)
    }
    // What another process wrote and did not sync can be read all the same. A disk that cannot do this will fail at
    // the block of the new epoch too.
    for segment in live.suffix(2) { try? store.sync(segment: segment.number) }
    guard let newest = blocks.max(by: { $0.number < $1.number }) else { return }
    epoch = 1 + blocks.reduce(0) { max($0, $1.epoch) }
    tally.evictedEver = newest.evicted
    tally.lostEver = newest.lost
    diskEnd = newest.end
    holes = newest.holesAtEnd
    savedCursor = blocks.reduce(0) { max($0, $1.cursor) }
    frontier = savedCursor
    ram = RecordBuffer(first: max(diskEnd, frontier))
    releaseSettled()
    locateFrontier(now: now)
    tally.recovered = unreadOnDisk
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
  private mutating func continueWriting(after survey: Survey) {
    nextBase = survey.base + UInt64(store.slotsPerSegment)
    head = nil
    guard survey.failed.isEmpty, let last = survey.blocks.last else { return }
    head = Head(segment: survey.number, base: survey.base, next: last.index + 1, begun: true)
  }

  /// Reads a segment up to its first valid block, or the whole of it.
  private func survey(_ number: Int, whole: Bool) throws(StorageError) -> Survey {
    var survey = Survey(number: number)
    var foreign = 0
    var broken = 0
    for index in 0..<store.slotsPerSegment {
      let slot = number * store.slotsPerSegment + index
      let bytes: [UInt8]
      do throws(StorageError) { bytes = try store.read(slot: slot) } catch {
        survey.failed.append((slot, error))
        continue
      }
      do throws(BlockFault) {
        let block = try Block(decoding: bytes)
        let fits = survey.first == nil || block.number == survey.base + UInt64(index)
        if block.number >= UInt64(index), fits { survey.blocks.append((index, block)) }
        if !whole, survey.first != nil { return survey }
      } catch {
        switch error {
        case .blank: break
        case .foreign: foreign += 1
        case .checksum, .malformed: broken += 1
        case .version(let version):
          throw StorageError(
            "open spool: segment \(number) has format version \(version), this program knows version "
              + "\(Block.version); nothing was changed", code: 0)
        }
      }
    }
    if survey.first == nil, foreign > 0, broken == 0 {
      throw StorageError("open spool: segment \(number) is not part of a spool; nothing was changed", code: 0)
    }
    return survey
  }

  /// Finds out how many holes are below the frontier, so that lost records can be told from them.
  private mutating func locateFrontier(now: Uptime) {
    guard frontier < diskEnd else { return }
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
