/// Why a slot that holds something has no block.
package enum SlotFault: Error, Hashable, Sendable {
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
  package enum Item: Sendable {
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
  package struct StoredBlock: Hashable, Sendable {
    package enum Standing: Hashable, Sendable {
      case counts
      /// From an earlier use of the segment.
      case leftOver
      /// A block before it, that was written later, has all its records.
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
    /// Nil: settled before the block was written.
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
      /// Blocks around it have everything that was not settled, or its segment is not in use.
      case nothing
      /// It is one of those that held these.
      case lost(Loss)
      /// No later block tells what was in it. After a power cut that is the block which was being written: nothing in
      /// it had been promised to last.
      case unknown
    }

    package let slot: Int
    package let fault: SlotFault
    package let consequence: Consequence
  }

  package struct Loss: Hashable, Sendable {
    /// All of these have no entry.
    package let numbers: Range<RecordNumber>
    /// How many of them are lost; the others were settled before they could come to the disk.
    package let count: UInt64
    /// Where they should be: the bad slots between the blocks before and after; where there is none, the empty or left
    /// over ones.
    package let slots: [Int]
  }

  package struct StoredRecord: Hashable, Sendable {
    /// Nil for a carried one: it has none yet.
    package let number: RecordNumber?
    package let bytes: [UInt8]
    /// Of the run that wrote the block.
    package let epoch: UInt32
    package let slot: Int
    /// It is not settled.
    package let isWaiting: Bool
  }
}
