/// Reads a store as FORMAT.md says, and changes nothing: for a person who wants to know what is on a disk. It shares
/// nothing with `Ring` but the decoding of a single block, so that each can be held against the other.
///
/// Making one reads every slot once and keeps an index of the segments; `walk` reads them again, one block at a time.
/// The content may be anything: nothing traps, and the work is two reads for each slot.
package struct SpoolReader {
  /// The version of the format that is understood.
  package static let formatVersion = Block.version

  /// A segment, as its newest block has it.
  package struct Segment: Hashable, Sendable {
    package enum State: Hashable, Sendable {
      /// No valid block in it.
      case unused
      /// Everything in it is settled.
      case settled
      /// It holds numbers that are not settled.
      case waiting
      /// It belongs to another spool, and is left out.
      case otherSpool
    }

    package let number: Int
    package let state: State
    /// What the number of the block in its first slot is, or would be; 0 when it is unused.
    package let base: UInt64
    /// Blocks that count.
    package let blocks: Int
    /// The first of its records.
    package let first: RecordNumber
    /// One more than the last of its records.
    package let end: RecordNumber
  }

  /// What the newest block says of the store's whole life.
  package struct Totals: Hashable, Sendable {
    /// Records that were taken: the numbers below this have been given.
    package let taken: UInt64
    package let evicted: UInt64
    package let expired: UInt64
    /// As far as had been noticed.
    package let lost: UInt64
  }

  package let storeID: UInt64
  /// Of the run that wrote the newest block.
  package let epoch: UInt32
  /// Records with smaller numbers are settled.
  package let cursor: RecordNumber
  package let totals: Totals
  /// Number of the newest block.
  package let newestBlock: UInt64
  /// By number. All of them.
  package let segments: [Segment]

  let store: any BlockStore
  let newest: Block
  let newestSlot: Int
  /// Segments of this spool in the order in which they were written; `end`: where the next one's records begin.
  let order: [(segment: Segment, end: RecordNumber)]

  /// Reads all slots. Throws when there is no block that counts, and when one is of another version.
  package init(_ store: any BlockStore) throws(SpoolReaderError) {
    let numbers: SegmentNumbers
    do throws(StorageError) { numbers = try store.segments() } catch { throw .storage(error) }
    guard !numbers.isEmpty else { throw .noSegments }
    var surveys: [SegmentSurvey] = []
    for number in numbers { surveys.append(try SegmentSurvey(number, of: store)) }
    let written = surveys.filter { $0.storeID != nil }.sorted { ($0.base, $0.number) < ($1.base, $1.number) }
    guard let storeID = written.last?.storeID else { throw Self.nothing(in: surveys) }
    let ours = written.filter { $0.storeID == storeID }
    let cursor = ours.reduce(0) { max($0, $1.cursor) }
    newestSlot = (ours.max { $0.newest.serial < $1.newest.serial })?.newest.slot ?? 0
    guard case .block(let newest) = SlotContent(of: newestSlot, in: store) else { throw .changing }

    self.store = store
    self.storeID = storeID
    self.newest = newest
    self.cursor = cursor
    epoch = newest.epoch
    newestBlock = newest.number
    segments = surveys.map { $0.segment(of: storeID, cursor: cursor) }
    var end = RecordNumber.max
    var order: [(Segment, RecordNumber)] = []
    for survey in ours.reversed() {
      order.append((survey.segment(of: storeID, cursor: cursor), end))
      end = min(end, survey.first)
    }
    self.order = order.reversed()
    let taken = self.order.reduce(newest.end) { max($0, min($1.segment.end, $1.end)) }
    totals = Totals(taken: taken, evicted: newest.evicted, expired: newest.expired, lost: newest.lost)
  }

  /// Why there is nothing to read.
  private static func nothing(in surveys: [SegmentSurvey]) -> SpoolReaderError {
    if let failure = surveys.compactMap(\.failure).first { return .storage(failure) }
    let (foreign, broken) = (surveys.reduce(0) { $0 + $1.foreign }, surveys.reduce(0) { $0 + $1.broken })
    return foreign + broken == 0 ? .blank : .notASpool(foreign: foreign, broken: broken)
  }
}

/// Why a store cannot be read as a spool.
package enum SpoolReaderError: Error, Hashable, Sendable {
  case storage(StorageError)
  /// There is not one segment.
  case noSegments
  /// Segments, but nothing was ever written to them.
  case blank
  /// No slot has a valid block: so many hold something else, and so many something broken.
  case notASpool(foreign: Int, broken: Int)
  /// A whole block of a version that this program does not know.
  case version(UInt8, slot: Int)
  /// A block that was there is not any more.
  case changing
}

/// What the slots of one segment say.
struct SegmentSurvey {
  let number: Int
  /// As its newest block has it, and so is what follows; nil when there is none.
  private(set) var storeID: UInt64?
  private(set) var base: UInt64 = 0
  private(set) var first: RecordNumber = 0
  private(set) var blocks = 0
  private(set) var end: RecordNumber = 0
  private(set) var cursor: RecordNumber = 0
  private(set) var newest: (serial: UInt64, slot: Int) = (0, 0)
  private(set) var failure: StorageError?
  private(set) var foreign = 0
  private(set) var broken = 0

  init(_ number: Int, of store: any BlockStore) throws(SpoolReaderError) {
    self.number = number
    for index in 0..<store.slotsPerSegment {
      let slot = number * store.slotsPerSegment + index
      switch SlotContent(of: slot, in: store) {
      case .block(let block): add(block, index, of: store.slotsPerSegment, slot: slot)
      case .bad(.version(let version)): throw .version(version, slot: slot)
      case .bad(.unreadable(let error)): failure = failure ?? error
      case .bad(.foreign): foreign += 1
      case .bad: broken += 1
      case .blank: break
      }
    }
  }

  private mutating func add(_ block: Block, _ index: Int, of slots: Int, slot: Int) {
    guard block.stands(at: index, of: slots) else { return }
    let (itsBase, isNewest) = (block.number - UInt64(index), storeID == nil || block.serial > newest.serial)
    if isNewest { newest = (block.serial, slot) }
    if itsBase != base || block.store != storeID {
      // Left over from an earlier use of the segment is whatever the newest block does not fit.
      guard isNewest else { return }
      (storeID, base, first, blocks, end, cursor) = (block.store, itsBase, block.first, 0, 0, 0)
    }
    blocks += 1
    end = max(end, block.end)
    cursor = max(cursor, block.cursor)
  }

  func segment(of spool: UInt64, cursor: RecordNumber) -> SpoolReader.Segment {
    SpoolReader.Segment(
      number: number, state: state(of: spool, cursor), base: base, blocks: blocks, first: first, end: end)
  }

  private func state(of spool: UInt64, _ cursor: RecordNumber) -> SpoolReader.Segment.State {
    guard let storeID else { return .unused }
    guard storeID == spool else { return .otherSpool }
    return end > cursor ? .waiting : .settled
  }
}

/// What is in a slot.
enum SlotContent {
  case block(Block)
  /// Never written.
  case blank
  case bad(SlotFault)

  init(of slot: Int, in store: any BlockStore) {
    let bytes: [UInt8]
    do throws(StorageError) { bytes = try store.read(slot: slot) } catch {
      self = .bad(.unreadable(error))
      return
    }
    do throws(BlockFault) { self = .block(try Block(decoding: bytes)) } catch {
      switch error {
      case .blank: self = .blank
      case .foreign: self = .bad(.foreign)
      case .version(let version): self = .bad(.version(version))
      case .checksum(let stored, let computed): self = .bad(.checksum(stored: stored, computed: computed))
      case .malformed(let reason): self = .bad(.malformed(reason))
      }
    }
  }
}
