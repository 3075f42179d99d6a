import Spool
import Telemetry

/// Totals of a walk through a spool.
struct SpoolTally {
  /// The waiting records of one sensor, or the waiting events.
  struct Stream {
    var count = 0
    let first: Gap.Position
    var last: Gap.Position
  }

  /// The fate of all records since the spool was made. The reports carried by the newest block count as taken,
  /// although they get their numbers only at the next start.
  struct Ledger {
    let taken: UInt64
    let waiting: UInt64
    let evicted: UInt64
    let expired: UInt64
    /// Losses that the daemon has noticed and counted.
    let lostBefore: UInt64
    /// Losses that this walk has found.
    let lostNow: UInt64

    /// The rest of the records taken. Nil: the other counts add up to more than were taken.
    var acknowledged: UInt64? {
      let others = waiting + evicted + expired + lostBefore + lostNow
      return others <= taken ? taken - others : nil
    }
  }

  private(set) var blocks = 0
  private(set) var records: UInt64 = 0
  private(set) var waiting: UInt64 = 0
  private(set) var carried: UInt64 = 0
  private(set) var lost: UInt64 = 0
  private(set) var losses: [SpoolReader.Loss] = []
  private(set) var bad: [SpoolReader.BadSlot] = []
  private(set) var streams: [String: Stream] = [:]
  private(set) var oldest: Reading?
  private(set) var newest: Reading?
  /// Waiting records that cannot be decoded, so that a daemon of this version cannot deliver them.
  private(set) var undecodable: UInt64 = 0

  init() {}

  init(_ spool: SpoolReader) { spool.walk { add($0) } }

  mutating func add(_ item: SpoolReader.Item) {
    switch item {
    case .block(let block): blocks += block.standing == .counts ? 1 : 0
    case .bad(let slot): bad.append(slot)
    case .lost(let loss):
      losses.append(loss)
      lost += loss.count
    case .record(let record): add(record)
    case .differs: break
    }
  }

  private mutating func add(_ record: SpoolReader.StoredRecord) {
    records += 1
    guard record.isWaiting else { return }
    waiting += 1
    if record.number == nil { carried += 1 }
    guard let report = try? ReportCoder.decode(record.bytes) else {
      undecodable += 1
      return
    }
    let position = report.identity.position
    streams[report.identity.sensor, default: Stream(first: position, last: position)].count += 1
    streams[report.identity.sensor]?.last = position
    if case .reading(let reading) = report {
      oldest = oldest ?? reading
      newest = reading
    }
  }

  func ledger(_ totals: SpoolReader.Totals) -> Ledger {
    Ledger(
      taken: totals.taken + carried, waiting: waiting, evicted: totals.evicted, expired: totals.expired,
      lostBefore: totals.lost, lostNow: lost)
  }

  /// The losses that no bad block explains.
  var unexplained: [SpoolReader.Loss] {
    let explained = Set(bad.map(\.consequence))
    return losses.filter { !explained.contains(.lost($0)) }
  }

  /// No block is bad, no record is missing, and every waiting record can be decoded.
  var isClean: Bool { bad.isEmpty && losses.isEmpty && undecodable == 0 }
}
