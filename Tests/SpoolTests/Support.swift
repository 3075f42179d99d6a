import Glibc
import Telemetry
import TestSupport

@testable import Spool

let start = Uptime(nanoseconds: 1_000_000_000_000)

/// Other random runs than the usual ones: FIELDPOST_SEED=12345 deploy/test. A failure names the seed that it had; the
/// usual run, with the same FIELDPOST_SEED, repeats it.
let seedBase = getenv("FIELDPOST_SEED").flatMap { UInt64(String(cString: $0)) } ?? 0

/// Bytes that name the record they belong to, of a length that varies with it.
func payload(_ number: UInt64, salt: UInt64 = 0, length: Int? = nil) -> [UInt8] {
  var random = SeededRandom(seed: number &* 31 &+ salt &* 1_000_003)
  let count = length ?? Int.random(in: 0...700, using: &random)
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}

/// Remembers what it was told, and reports nothing.
final class SilentBookkeeper: LossReporter {
  var lost: [(bytes: [UInt8], reason: LossReason)] = []
  var unreadable: [(count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool)] = []
  var expired: ([UInt8]) -> Bool = { _ in false }

  func isExpired(_ record: [UInt8]) -> Bool { expired(record) }
  func lost(_ record: [UInt8], _ reason: LossReason) { lost.append((record, reason)) }
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
    unreadable.append((count, before, after, hasHoles))
  }
  func reports(epoch: UInt32) -> [[UInt8]] { [] }
}

/// A small ring: segments of 8 slots, of which 7 take records.
func smallOptions(segments: Int = 4, whenFull: SpoolOptions.WhenFull = .evictOldest) -> SpoolOptions {
  var options = SpoolOptions()
  options.capacity = Int64(segments * 8 * blockSize)
  options.whenFull = whenFull
  options.firstEpoch = 1
  return options
}

extension Ring {
  /// With a bookkeeper that reports nothing. A new store begins with epoch 1 if the options do not say otherwise.
  init(opening store: any BlockStore, options: SpoolOptions, now: Uptime) throws(StorageError) {
    var options = options
    options.firstEpoch = options.firstEpoch ?? 1
    try self.init(opening: store, options: options, lossReporter: SilentBookkeeper(), now: now)
  }

  /// Appends a critical record that has a block for itself.
  @discardableResult
  mutating func appendBlock(now: Uptime = start) -> RecordNumber? {
    append(payload(ram.end, length: Block.maximumRecord), critical: true, now: now)
  }

  /// Everything that waits, read in portions.
  mutating func readAll(now: Uptime = start, portion: Int = 7) -> [SpooledRecord] {
    var all: [SpooledRecord] = []
    while true {
      let records = next(after: all.last { !$0.isAhead }?.number, limit: portion, now: now)
      if records.isEmpty { return all }
      all += records
    }
  }

  /// Every record is in one place.
  var addsUp: Bool {
    let counters = counters
    let ledger = counters.ledger
    return counters.recovered + counters.taken
      == counters.acknowledged + counters.evicted + counters.expired + counters.lost + counters.waiting
      && ledger.taken == ledger.acknowledged + ledger.evicted + ledger.expired + ledger.lost + ledger.waiting
  }
}

extension MemoryDisk {
  var writtenSlots: [Int] {
    operations.compactMap { if case .write(let slot, _) = $0 { slot } else { nil } }
  }
}
