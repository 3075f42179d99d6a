/// Reads a store as FORMAT.md describes it and changes nothing, for a person who wants to know what is on a disk. It
/// shares only the decoding of a single block with `Ring`, so that each can be checked against the other.
///
/// `init` reads every slot once and keeps an index of the segments. `walk` reads them again, one block at a time. Any
/// content is safe: nothing traps, and the work is two reads for each slot.
package struct SpoolReader {
  /// The format version that this reader understands.
  package static let formatVersion = Block.version

  /// A segment as described by its newest block.
  package struct Segment: Hashable, Sendable {
    package enum State: Hashable, Sendable {
      /// It has no valid block.
      case unused
      /// Everything in it is settled.
      case settled
      /// It holds numbers that are not settled.
      case waiting
      /// It belongs to another spool and is left out.
      case otherSpool
    }

    package let number: Int
    package let state: State
    /// Block number of the segment's first slot; 0 when the segment is unused.
    package let base: UInt64
    /// How many of its blocks count.
    package let blocks: Int
    /// Number of its first record.
    package let first: RecordNumber
    /// One more than the number of its last record.
    package let end: RecordNumber
  }

  /// Totals since the store was made, from the newest block.
  package struct Totals: Hashable, Sendable {
    /// How many records were taken: all numbers below this have been used.
    package let taken: UInt64
    package let evicted: UInt64
    package let expired: UInt64
    /// Lost records, as far as had been noticed.
    package let lost: UInt64
  }

  package let storeID: UInt64
  /// Epoch of the run that wrote the newest block.
  package let epoch: UInt32
  /// All records with smaller numbers are settled.
  package let cursor: RecordNumber
  package let totals: Totals
  /// Number of the newest block.
  package let newestBlock: UInt64
  /// All segments, by number.
  package let segments: [Segment]

  let store: any BlockStore
  let newest: Block
  let newestSlot: Int
  /// Segments of this spool in the order in which they were written. `end` is where the next one's records begin.
  let order: [(segment: Segment, end: RecordNumber)]

  /// Reads all slots. Throws when no block counts, or when a block has another version.
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
  /// The store has no segments.
  case noSegments
  /// There are segments, but nothing was ever written to them.
  case blank
  /// No slot has a valid block: `foreign` slots hold something else, and `broken` ones something broken.
  case notASpool(foreign: Int, broken: Int)
  /// A whole block has a version that this program does not know.
  case version(UInt8, slot: Int)
  /// A block that was there before is gone.
  case changing
}

/// The result of reading all slots of one segment.
struct SegmentSurvey {
  let number: Int
  /// From the segment's newest block, like the properties that follow; nil when there is no block.
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
      // Blocks that do not match the newest block are left over from an earlier use of the segment.
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

/// The content of a slot.
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
