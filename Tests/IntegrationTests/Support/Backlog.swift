import Linux
import Telemetry

@testable import Spool

/// Readings that wait before the daemon starts: of sensors that are no longer there.
enum Backlog {
  /// Of the sensor `old`.
  static func fill(_ workplace: Workplace, _ count: Int) throws {
    try fill(workplace, SpoolOptions(), NoBooks(), sensors: ["old"], count)
  }

  /// Of `old-1`, `old-2` and so on, so many of each in a buffer of half a megabyte, which gave up what had no room.
  static func overfill(_ workplace: Workplace, sensors: Int, readings: Int) throws {
    var options = SpoolOptions()
    options.capacity = 512 << 10
    try fill(workplace, options, EvictionBooks(), sensors: (1...sensors).map { "old-\($0)" }, readings)
  }

  private static func fill(
    _ workplace: Workplace, _ options: SpoolOptions, _ books: any LossReporter, sensors: [String], _ count: Int
  ) throws {
    let now = Uptime(nanoseconds: 1)
    var options = options
    options.firstEpoch = 1
    var ring = try Ring(
      opening: SegmentFiles(directory: workplace.path("spool")), options: options, lossReporter: books, now: now)
    for sequence in 1...count {
      for sensor in sensors {
        let reading = Reading(
          identity: Identity(sensor: sensor, epoch: ring.epoch, sequence: UInt64(sequence)), time: time(sequence),
          quantities: [.temperature(Temperature(millicelsius: 20_000))], quality: .good)
        ring.append(ReportCoder.encode(.reading(reading)), critical: false, now: now)
      }
    }
    ring.close(now: now)
  }

  fileprivate static func time(_ sequence: Int) -> Stamp {
    Stamp(
      boot: BootID(7), uptime: Uptime(nanoseconds: Int64(sequence)),
      wall: WallTime(nanoseconds: 1_795_000_000_000_000_000), synced: true)
  }
}

/// Makes gaps of what was evicted, as large as a record may be.
private final class EvictionBooks: LossReporter {
  private var summary = GapSummary()
  private var sequence: UInt64 = 0

  func isExpired(_ record: [UInt8]) -> Bool { false }
  func lost(_ record: [UInt8], _ reason: LossReason) { summary.add(record, .evicted) }
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {}

  func reports(epoch: UInt32) -> [[UInt8]] {
    defer { summary = GapSummary() }
    let gaps = summary.gaps(at: Backlog.time(1), limit: Spool.maximumReportSize) {
      sequence += 1
      return Identity(sensor: Event.stream, epoch: epoch, sequence: sequence)
    }
    return gaps.map { ReportCoder.encode(.gap($0)) }
  }
}
