import Scheduling

/// How much the spool may use, and when it writes. The caller has checked the ranges.
package struct SpoolOptions: Sendable {
  package enum WhenFull: Sendable {
    /// Make room by giving up the oldest records, a segment at a time.
    case evictOldest
    /// Refuse new records until some have been acknowledged.
    case refuseNewest
  }

  package enum Order: Sendable {
    /// Records go out in the order in which they came.
    case oldestFirst
    /// While old records wait on the disk, new records go out before them, in the order in which they came.
    case newestFirst
  }

  /// Size on the disk in bytes, rounded down to whole segments, but at least two.
  package var capacity: Int64 = 64 << 20
  /// A record that is not acknowledged within this time is written to the disk.
  package var durableAfter: Duration = .seconds(5)
  package var whenFull: WhenFull = .evictOldest
  package var order: Order = .oldestFirst
  /// While records are not being delivered, this many bytes in RAM make the spool write before `durableAfter`.
  package var writeAt: Int = 32 << 10
  /// Limit in bytes for records in RAM while the disk cannot be written. It also applies while the broker acknowledges,
  /// then capped at a quarter of `capacity`.
  package var degradedLimit: Int = 1 << 20
  /// Interval at which a failed disk is tried again.
  package var probeEvery: Duration = .seconds(30)
  /// While records on the disk are drained, the cursor is saved after `cursorEvery` or `cursorAfter` acknowledgements.
  package var cursorEvery: Duration = .seconds(30)
  package var cursorAfter: Int = 1_000
  /// The first epoch of a new store, from `Epochs.first`; at least 1. Nil means that the time is unknown.
  package var firstEpoch: UInt32?
  /// The ID of the device under which records are published. Nil means that the owner of a store is not checked.
  package var device: String?
  /// Draws the IDs of stores, and the epochs that no clock gives.
  package var chance = Chance.system

  package init() {}
}

/// The position of a record in the order of all records, from 0. Contiguous, also across restarts. A number that was on
/// the disk is never reused.
package typealias RecordNumber = UInt64

/// A record as it was appended.
package struct SpooledRecord: Hashable, Sendable {
  package let number: RecordNumber
  package let bytes: [UInt8]
  /// The record was handed out before its turn: earlier records will still follow.
  package let isAhead: Bool

  package init(number: RecordNumber, bytes: [UInt8], isAhead: Bool = false) {
    self.number = number
    self.bytes = bytes
    self.isAhead = isAhead
  }
}

/// Where the records are. At every moment
/// `recovered + taken == acknowledged + evicted + expired + lost + waiting`, all counted since the spool was opened.
/// `ledger` has the same counts since the store was made.
package struct SpoolCounters: Hashable, Sendable {
  /// Records found waiting on the disk when the spool was opened.
  package var recovered = 0
  /// Records accepted by `append`, and reports of losses.
  package var taken = 0
  package var acknowledged = 0
  /// Records not yet acknowledged, in RAM or on the disk.
  package var waiting = 0
  /// The part of `waiting` that is on the disk.
  package var durable = 0
  /// Records given up to make room, purged, or rejected by the broker.
  package var evicted = 0
  /// Records given up because they were too old.
  package var expired = 0
  /// Records lost with unreadable blocks, as far as the spool has read.
  package var lost = 0
  /// Records that `append` refused: no room, or longer than a block can hold. Not part of the sum.
  package var refused = 0
  package var ledger = SpoolLedger()
  /// Bytes written to the store: blocks, and segments when they are created.
  package var bytesWritten: Int64 = 0
  /// The disk cannot be written; records are kept in RAM only.
  package var degraded = false

  package init() {}
}

/// Where all records went since the store was made, restarts included. At every moment
/// `taken == acknowledged + evicted + expired + lost + waiting`.
///
/// After a power cut the ledger continues from the newest block: records that were taken and acknowledged after that
/// block are in no term, so the equation still holds.
package struct SpoolLedger: Hashable, Sendable {
  package var taken: UInt64 = 0
  package var acknowledged: UInt64 = 0
  package var evicted: UInt64 = 0
  package var expired: UInt64 = 0
  package var lost: UInt64 = 0
  package var waiting: UInt64 = 0

  package init() {}
}

/// An event of the spool for the log.
package enum SpoolNotice: Hashable, Sendable {
  case opened(epoch: UInt32, recovered: Int, segments: Int)
  /// The store was empty. It starts with this epoch, regardless of the epochs of any earlier store in its place.
  case madeAnew(epoch: UInt32)
  /// The store belonged to another device, but no record waited in it. From now on it belongs to this device.
  case deviceChanged(from: String, to: String)
  /// The store does not name its device, because an older version made it. From now on it belongs to this device.
  case deviceTakenOn(String)
  /// The store's device note cannot be read or written. The store counts as this device's.
  case deviceUnknown(StorageError, device: String)
  /// A segment holds only data that no spool writes, while other segments belong to the spool. It is left alone.
  case segmentLeftOut(Int)
  /// Records that should have been in blocks are missing and count as lost. `first` is the number of the first one.
  /// `slots` lists the slots without a valid block that were passed.
  case recordsLost(records: Int, first: RecordNumber, slots: [Int])
  /// A block could not be read. Reading waits for it, and gives it up after three attempts.
  case unreadable(slot: Int, error: StorageError)
  /// Records were given up because they were too old.
  case expired(records: Int)
  /// The oldest records were given up because the disk is at its limit.
  case evicted(records: Int)
  /// The disk cannot be used: three writes in a row failed, it could not be opened, or its path no longer leads to the
  /// open store. Records stay in RAM, up to a limit.
  case degradedBegan(StorageError)
  /// The disk still cannot be used, now for another reason.
  case stillDegraded(StorageError)
  /// A store that could not be used before has appeared, or the path now leads to another store. The records from RAM,
  /// and from the store under the path before, were put behind those in the new store. The spool is closed and must be
  /// opened again.
  case movedIntoAppeared(records: Int)
  /// The spool was closed while the disk could not be written. Records that were only in RAM are lost.
  case leftInRAM(records: Int)
  /// The spool was closed while its path no longer led to the open store. `records` records are in files that the path
  /// led to before.
  case leftBehind(records: Int)
  /// RAM is at its limit too. From now on its oldest records are given up.
  case evictingFromRAM
  /// The disk can be written again. `evicted` records were given up meanwhile.
  case degradedEnded(evicted: Int)
  /// `append` starts to refuse records because the spool is full.
  case refusalBegan(waiting: Int)
  /// `append` accepts records again. It refused `refused` records meanwhile.
  case refusalEnded(refused: Int)
  /// A record or a loss report was longer than `limit` and was discarded.
  case tooLong(bytes: Int, limit: Int)
}
