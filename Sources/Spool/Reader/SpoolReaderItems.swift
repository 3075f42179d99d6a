/// Why a slot that holds something has no block.
public enum SlotFault: Error, Hashable, Sendable {
  /// The disk does not give it.
  case unreadable(StorageError)
  /// It begins with something else than a block does.
  case foreign
  /// A whole block of another version of the format.
  case version(UInt8)
  /// Torn by a power cut, or gone bad.
  case checksum(stored: UInt32, computed: UInt32)
  /// The checksum is right, and yet it is not what a spool writes; or the head is missing.
  case malformed(String)
}

extension SpoolReader {
  /// What `walk` meets on its way.
  public enum Item: Sendable {
    /// A whole block, whether it counts or not.
    case block(StoredBlock)
    /// A slot that holds something which is not a block.
    case bad(BadSlot)
    /// Records that should be in blocks and are not.
    case lost(Loss)
    case record(StoredRecord)
    /// A record with the number of one that was there before, in the same segment, and other bytes: that is nothing a
    /// spool does. What an older segment repeats of a later one is not compared.
    case differs(StoredRecord)
  }

  /// A block with all its fields; FORMAT.md says what they mean.
  public struct StoredBlock: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
      case counts
      /// From an earlier use of the segment.
      case leftOver
      /// A block before it, that was written later, has all its records.
      case superseded
      case otherSpool
    }

    public let slot: Int
    public let standing: Standing
    public let number: UInt64
    public let serial: UInt64
    public let storeID: UInt64
    public let cursor: RecordNumber
    public let first: RecordNumber
    public let holes: UInt64
    public let evicted: UInt64
    public let expired: UInt64
    public let lost: UInt64
    public let epoch: UInt32
    /// Nil: settled before the block was written.
    public let records: [[UInt8]?]
    public let carried: [[UInt8]]

    init(_ block: Block, slot: Int, _ standing: Standing) {
      self.slot = slot
      self.standing = standing
      number = block.number
      serial = block.serial
      storeID = block.store
      cursor = block.cursor
      first = block.first
      holes = block.holes
      evicted = block.evicted
      expired = block.expired
      lost = block.lost
      epoch = block.epoch
      records = block.records
      carried = block.carried
    }
  }

  public struct BadSlot: Hashable, Sendable {
    public enum Consequence: Hashable, Sendable {
      /// Blocks around it have everything that was not settled, or its segment is not in use.
      case nothing
      /// It is one of those that held these.
      case lost(Loss)
      /// No later block tells what was in it. After a power cut that is the block which was being written: nothing in
      /// it had been promised to last.
      case unknown
    }

    public let slot: Int
    public let fault: SlotFault
    public let consequence: Consequence
  }

  public struct Loss: Hashable, Sendable {
    /// All of these have no entry.
    public let numbers: Range<RecordNumber>
    /// How many of them are lost; the others were settled before they could come to the disk.
    public let count: UInt64
    /// Where they should be: the bad slots between the blocks before and after; where there is none, the empty or left
    /// over ones.
    public let slots: [Int]
  }

  public struct StoredRecord: Hashable, Sendable {
    /// Nil for a carried one: it has none yet.
    public let number: RecordNumber?
    public let bytes: [UInt8]
    /// Of the run that wrote the block.
    public let epoch: UInt32
    public let slot: Int
    /// It is not settled.
    public let isWaiting: Bool
  }
}
