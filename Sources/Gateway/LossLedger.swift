import Spool
import Telemetry

/// Tells the spool what it cannot know: how old a record is, and what is gone when it is lost. Lives inside the spool,
/// on its loop, as the recorder does.
final class LossLedger: Bookkeeper {
  private let recorder: Recorder
  private let maximumAge: Duration?
  private let clock: @Sendable () -> Stamp
  private var summary = GapSummary()

  init(recorder: Recorder, maximumAge: Duration?, clock: @escaping @Sendable () -> Stamp) {
    self.recorder = recorder
    self.maximumAge = maximumAge
    self.clock = clock
  }

  /// Only readings, and only when both the time of the reading and the time now can be trusted.
  func isExpired(_ record: [UInt8]) -> Bool {
    guard let maximumAge, case .reading(let reading)? = try? ReportCoder.decode(record) else { return false }
    let now = clock()
    let (taken, quality) = ClockCorrection(now: now).resolve(reading.time)
    guard now.synced, quality != .unsynced else { return false }
    let (age, overflow) = now.wall.nanoseconds.subtractingReportingOverflow(taken.nanoseconds)
    return !overflow && age > maximumAge.nanoseconds
  }

  func lost(_ record: [UInt8], _ reason: LossReason) {
    switch reason {
    case .evicted: summary.add(record, .evicted)
    case .expired: summary.add(record, .expired)
    case .purged: summary.add(record, .purged)
    }
  }

  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]]) {
    summary.addUnreadable(count: UInt64(count), before: before, after: after)
  }

  func reports(epoch: UInt32) -> [[UInt8]] {
    defer { summary = GapSummary() }
    let (summary, now) = (summary, clock())
    return recorder.assumeIsolated { $0.gaps(summary, epoch: epoch, at: now) }
  }
}
