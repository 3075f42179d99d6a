import Simulation
import Telemetry

@testable import Spool

let start = Uptime(nanoseconds: 1_000_000_000_000)

/// Bytes that name the record they belong to, of a length that varies with it.
func payload(_ number: UInt64, salt: UInt64 = 0, length: Int? = nil) -> [UInt8] {
  var random = SeededRandom(seed: number &* 31 &+ salt &* 1_000_003)
  let count = length ?? Int.random(in: 0...700, using: &random)
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}

/// A small ring: segments of 8 slots, of which 7 take records.
func smallOptions(segments: Int = 4, whenFull: SpoolOptions.WhenFull = .evictOldest) -> SpoolOptions {
  var options = SpoolOptions()
  options.capacity = Int64(segments * 8 * blockSize)
  options.whenFull = whenFull
  return options
}

extension Ring {
  /// Appends a critical record that has a block for itself.
  @discardableResult
  mutating func appendBlock(now: Uptime = start) -> RecordNumber? {
    append(payload(ram.end, length: Block.maximumRecord), critical: true, now: now)
  }

  /// Everything that waits, read in portions.
  mutating func readAll(now: Uptime = start, portion: Int = 7) -> [SpooledRecord] {
    var all: [SpooledRecord] = []
    while true {
      let records = next(after: all.last?.number, limit: portion, now: now)
      if records.isEmpty { return all }
      all += records
    }
  }

  /// Every record is in one place.
  var addsUp: Bool {
    let counters = counters
    return counters.recovered + counters.taken
      == counters.acknowledged + counters.evicted + counters.lost + counters.waiting
  }
}

extension MemoryDisk {
  var writtenSlots: [Int] {
    operations.compactMap { if case .write(let slot, _) = $0 { slot } else { nil } }
  }
}
