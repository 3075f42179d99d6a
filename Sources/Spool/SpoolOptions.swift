/// What the spool may use and when it writes. The caller has checked the ranges.
package struct SpoolOptions: Sendable {
  package enum WhenFull: Sendable {
    /// Make room by giving up the oldest records, a segment at a time.
    case evictOldest
    /// Take no more records until some have been acknowledged.
    case refuseNewest
  }

  package enum Order: Sendable {
    /// As they came.
    case oldestFirst
    /// While old records wait on the disk, new ones go before them, in the order in which they come.
    case newestFirst
  }

  /// Bytes on the disk, in whole segments; at least two segments are used.
  package var capacity: Int64 = 64 << 20
  /// A record that has waited longer than this is on the disk.
  package var durableAfter: Duration = .seconds(5)
  package var whenFull: WhenFull = .evictOldest
  package var order: Order = .oldestFirst
  /// Bytes of records in RAM that make the spool write before `durableAfter`, while they are not being delivered.
  package var writeAt: Int = 32 << 10
  /// Bytes of records in RAM at most: while the disk cannot be written, and, but for a quarter of `capacity`, while the
  /// broker acknowledges.
  package var degradedLimit: Int = 1 << 20
  /// A disk that failed is tried again after this time.
  package var probeEvery: Duration = .seconds(30)
  /// While records on the disk are drained, the cursor is saved after this time or so many acknowledgements.
  package var cursorEvery: Duration = .seconds(30)
  package var cursorAfter: Int = 1_000
  /// The first epoch of a store that is made anew, from `Epochs.first`, from 1; nil: nobody knows the time.
  package var firstEpoch: UInt32?
  /// The device's id, under which records will be published. Nil: nobody asks whose they are.
  package var device: String?

  package init() {}
}

/// The place of a record in the order of all records, from 0. Contiguous, also across restarts; a number that
/// was on the disk is never given again.
package typealias RecordNumber = UInt64

/// A record as it was appended.
package struct SpooledRecord: Hashable, Sendable {
  package let number: RecordNumber
  package let bytes: [UInt8]
  /// Handed out before its turn: those that come before it will still follow.
  package let isAhead: Bool

  package init(number: RecordNumber, bytes: [UInt8], isAhead: Bool = false) {
    self.number = number
    self.bytes = bytes
    self.isAhead = isAhead
  }
}

/// Where the records are. At every moment
/// `recovered + taken == acknowledged + evicted + expired + lost + waiting`; all counted since the spool was opened.
/// `ledger` is the same since the store was made.
package struct SpoolCounters: Hashable, Sendable {
  /// Found on the disk, waiting, when the spool was opened.
  package var recovered = 0
  /// Accepted by `append`.
  package var taken = 0
  package var acknowledged = 0
  /// Not yet acknowledged, in RAM or on the disk.
  package var waiting = 0
  /// Those of `waiting` that are on the disk.
  package var durable = 0
  /// Given up to make room, or because the spool was purged.
  package var evicted = 0
  /// Given up because they were too old.
  package var expired = 0
  /// Lost with blocks that could not be read, as far as reading has come.
  package var lost = 0
  /// Not accepted by `append`: no room, or longer than a block can hold. Not part of the sum.
  package var refused = 0
  package var ledger = SpoolLedger()
  /// Written to the store: blocks, and segments when they are made.
  package var bytesWritten: Int64 = 0
  /// The disk cannot be written; records are kept in RAM only.
  package var degraded = false

  package init() {}
}

/// Where all records went since the store was made, restarts included. At every moment
/// `taken == acknowledged + evicted + expired + lost + waiting`.
///
/// After a power cut it is as the disk knows it: records that were taken and acknowledged after the last block was
/// written are in no sum, and so do not disturb it.
package struct SpoolLedger: Hashable, Sendable {
  package var taken: UInt64 = 0
  package var acknowledged: UInt64 = 0
  package var evicted: UInt64 = 0
  package var expired: UInt64 = 0
  package var lost: UInt64 = 0
  package var waiting: UInt64 = 0

  package init() {}
}

/// What a log should tell of the spool.
package enum SpoolNotice: Hashable, Sendable {
  case opened(epoch: UInt32, recovered: Int, segments: Int)
  /// The store was empty: it begins with this epoch, whatever a former one in its place has given.
  case madeAnew(epoch: UInt32)
  /// Nothing waited in the store of another device: it is this one's from now on.
  case deviceChanged(from: String, to: String)
  /// The store does not say whose it is, because an older version made it: it is this device's from now on.
  case deviceTakenOn(String)
  /// The note of the store's device cannot be read or written; it counts as this device's.
  case deviceUnknown(StorageError, device: String)
  /// A segment holds nothing but what no spool writes, and others belong to the spool: it is left alone.
  case segmentLeftOut(Int)
  /// Records, the first of them `first`, should have been in blocks and are not: counted as lost. `slots` holds
  /// those that were passed and had no valid block.
  case recordsLost(records: Int, first: RecordNumber, slots: [Int])
  /// A block could not be read. Reading waits for it, and gives it up after three attempts.
  case unreadable(slot: Int, error: StorageError)
  /// Records were given up because they were too old.
  case expired(records: Int)
  /// The oldest records were given up: the disk is at its limit.
  case evicted(records: Int)
  /// The disk cannot be written: `error` three times in a row. Records stay in RAM, up to a limit.
  case degradedBegan(StorageError)
  /// The disk still cannot be written, now for another reason.
  case stillDegraded(StorageError)
  /// The store, which could not be used so far, is there, or the name leads to another one by now. Records from RAM, and
  /// from the store that the name led to before, were put behind those in it, and the spool is closed: it must be opened
  /// again.
  case movedIntoAppeared(records: Int)
  /// The spool was closed while the disk could not be written: what is only in RAM is lost.
  case leftInRAM(records: Int)
  /// The spool was closed while its name led to nothing: so many records are in files that the name led to before.
  case leftBehind(records: Int)
  /// RAM is at its limit too: from now on the oldest records there are given up.
  case evictingFromRAM
  /// The disk can be written again; `evicted` records were given up meanwhile.
  case degradedEnded(evicted: Int)
  /// `append` begins to refuse: at the limit.
  case refusalBegan(waiting: Int)
  /// `append` accepts again; `refused` records were not taken meanwhile.
  case refusalEnded(refused: Int)
  /// A record longer than a block can hold was refused.
  case tooLong(bytes: Int, limit: Int)
}
