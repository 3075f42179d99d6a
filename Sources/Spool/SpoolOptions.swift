/// What the spool may use and when it writes. The caller has checked the ranges.
public struct SpoolOptions: Sendable {
  public enum WhenFull: Sendable {
    /// Make room by giving up the oldest records, a segment at a time.
    case evictOldest
    /// Take no more records until some have been acknowledged.
    case refuseNewest
  }

  /// Bytes on the disk, in whole segments; at least two segments are used.
  public var capacity: Int64 = 64 << 20
  /// A record that has waited longer than this is on the disk.
  public var durableAfter: Duration = .seconds(5)
  public var whenFull: WhenFull = .evictOldest
  /// Bytes of records in RAM that make the spool write before `durableAfter`.
  public var writeAt: Int = 32 << 10
  /// Bytes of records in RAM at most while the disk cannot be written.
  public var degradedLimit: Int = 1 << 20
  /// A disk that failed is tried again after this time.
  public var probeEvery: Duration = .seconds(30)
  /// While records on the disk are drained, the cursor is saved after this time or so many acknowledgements.
  public var cursorEvery: Duration = .seconds(30)
  public var cursorAfter: Int = 1_000

  public init() {}
}

/// The place of a record in the order of all records, from 0. Contiguous, also across restarts; a number that
/// was on the disk is never given again.
public typealias RecordNumber = UInt64

/// A record as it was appended.
public struct SpooledRecord: Hashable, Sendable {
  public let number: RecordNumber
  public let bytes: [UInt8]

  public init(number: RecordNumber, bytes: [UInt8]) {
    self.number = number
    self.bytes = bytes
  }
}

/// Where the records are. At every moment
/// `recovered + taken == acknowledged + evicted + lost + waiting`; all counted since the spool was opened.
public struct SpoolCounters: Hashable, Sendable {
  /// Found on the disk, waiting, when the spool was opened.
  public var recovered = 0
  /// Accepted by `append`.
  public var taken = 0
  public var acknowledged = 0
  /// Not yet acknowledged, in RAM or on the disk.
  public var waiting = 0
  /// Those of `waiting` that are on the disk.
  public var durable = 0
  /// Given up to make room.
  public var evicted = 0
  /// Lost with blocks that could not be read, as far as reading has come.
  public var lost = 0
  /// Not accepted by `append`: no room, or longer than a block can hold. Not part of the sum.
  public var refused = 0
  /// `evicted` and `lost` since the store was made; restarts included.
  public var evictedEver: UInt64 = 0
  public var lostEver: UInt64 = 0
  /// Written to the store: blocks, and segments when they are made.
  public var bytesWritten: Int64 = 0
  /// The disk cannot be written; records are kept in RAM only.
  public var degraded = false

  public init() {}
}

/// What a log should tell of the spool.
public enum SpoolNotice: Hashable, Sendable {
  case opened(epoch: UInt32, recovered: Int, segments: Int)
  /// Records, the first of them `first`, should have been in blocks and are not: counted as lost. `slots` holds
  /// those that were passed and had no valid block.
  case recordsLost(records: Int, first: RecordNumber, slots: [Int])
  /// A block could not be read. Reading waits for it, and gives it up after three attempts.
  case unreadable(slot: Int, error: StorageError)
  /// The oldest records were given up: the disk is at its limit.
  case evicted(records: Int)
  /// The disk cannot be written: `error` three times in a row. Records stay in RAM, up to a limit.
  case degradedBegan(StorageError)
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
