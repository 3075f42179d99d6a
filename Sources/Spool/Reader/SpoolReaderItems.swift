/// Why a slot holds something that is not a block.
package enum SlotFault: Error, Hashable, Sendable {
  /// The disk cannot read the slot.
  case unreadable(StorageError)
  /// It does not begin like a block.
  case foreign
  /// A whole block of another format version.
  case version(UInt8)
  /// The block was torn by a power cut, or has gone bad.
  case checksum(stored: UInt32, computed: UInt32)
  /// The checksum is right, but no spool writes such a block; or the header is missing.
  case malformed(String)
}

extension SpoolReader {
  /// The items that `walk` finds.
  package enum Item: Sendable {
    /// A whole block, whether it counts or not.
    case block(StoredBlock)
    /// A slot that holds something other than a block.
    case bad(BadSlot)
    /// Records that should be in blocks but are missing.
    case lost(Loss)
    case record(StoredRecord)
    /// A record with the number of an earlier one in the same segment but with other bytes, which no spool writes.
    /// Records that an older segment shares with a later one are not compared.
    case differs(StoredRecord)
  }

  /// A block with all its fields; FORMAT.md says what they mean.
  package struct StoredBlock: Hashable, Sendable {
    package enum Standing: Hashable, Sendable {
      case counts
      /// The block is left over from an earlier use of the segment.
      case leftOver
      /// An earlier slot has a block that was written later and has all its records.
      case superseded
      case otherSpool
    }

    package let slot: Int
    package let standing: Standing
    package let number: UInt64
    package let serial: UInt64
    package let storeID: UInt64
    package let cursor: RecordNumber
    package let first: RecordNumber
    package let holes: UInt64
    package let evicted: UInt64
    package let expired: UInt64
    package let lost: UInt64
    package let epoch: UInt32
    /// Nil means that the record was settled before the block was written.
    package let records: [[UInt8]?]
    package let carried: [[UInt8]]

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

  package struct BadSlot: Hashable, Sendable {
    package enum Consequence: Hashable, Sendable {
      /// Blocks around it have all unsettled records, or its segment belongs to another spool.
      case nothing
      /// It is one of the slots that held these records.
      case lost(Loss)
      /// No later block tells what was in it. After a power cut it is the block that was being written: none of its
      /// records had been promised to be durable.
      case unknown
    }

    package let slot: Int
    package let fault: SlotFault
    package let consequence: Consequence
  }

  package struct Loss: Hashable, Sendable {
    /// The numbers without an entry.
    package let numbers: Range<RecordNumber>
    /// How many of the numbers are lost. The others were settled before they reached the disk.
    package let count: UInt64
    /// Where the records should be: the bad slots between the blocks before and after. If there are none, the empty or
    /// left-over slots.
    package let slots: [Int]
  }

  package struct StoredRecord: Hashable, Sendable {
    /// Nil for a carried record, which has no number yet.
    package let number: RecordNumber?
    package let bytes: [UInt8]
    /// Epoch of the run that wrote the block.
    package let epoch: UInt32
    package let slot: Int
    /// Whether the record is not settled.
    package let isWaiting: Bool
  }
}
