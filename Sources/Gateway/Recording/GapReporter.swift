import Spool
import Telemetry

/// Tells the spool what it cannot know: the age of a record, and what is gone when it is lost. Lives inside the spool,
/// on its loop.
package final class GapReporter: LossReporter {
  private let maximumAge: Duration?
  private let clock: () -> Stamp
  private let name: (_ epoch: UInt32) -> Identity
  private let unname: (_ count: Int) -> Void
  private var summary = GapSummary()
  /// Limit for a gap record, in bytes. It is half the size that the broker refused: the next gap of this size fits, or
  /// is halved again.
  private var largestGap = Spool.maximumReportSize

  /// `maximumAge`: older readings are given up; nil: none are. `name` gives the identity of the next event in this
  /// epoch: gaps are numbered with the events. `unname` takes back the last identities, which nobody has seen.
  package init(
    maximumAge: Duration?, clock: @escaping () -> Stamp, name: @escaping (_ epoch: UInt32) -> Identity,
    unname: @escaping (_ count: Int) -> Void
  ) {
    self.maximumAge = maximumAge
    self.clock = clock
    self.name = name
    self.unname = unname
  }

  /// Only readings expire, and only when their age is known.
  package func isExpired(_ record: [UInt8]) -> Bool {
    guard let maximumAge, case .reading(let reading)? = try? ReportCoder.decode(record) else { return false }
    return Self.age(of: reading.time, at: clock()).map { $0 > maximumAge.nanoseconds } ?? false
  }

  /// Age in nanoseconds. Within one boot the boot's clock gives it, whatever time servers have said in the meantime.
  /// Across boots both wall clocks have to be right. Nil: unknown.
  private static func age(of taken: Stamp, at now: Stamp) -> Int64? {
    let isSameBoot = taken.boot == now.boot && now.boot != .unknown
    guard isSameBoot || (taken.synced && now.synced) else { return nil }
    let (end, begin) =
      isSameBoot
      ? (now.uptime.nanoseconds, taken.uptime.nanoseconds) : (now.wall.nanoseconds, taken.wall.nanoseconds)
    let (age, overflow) = end.subtractingReportingOverflow(begin)
    return overflow ? nil : age
  }

  package func lost(_ record: [UInt8], _ reason: LossReason) {
    switch reason {
    case .evicted: summary.add(record, .evicted)
    case .expired: summary.add(record, .expired)
    case .purged: summary.add(record, .purged)
    case .rejected:
      summary.add(record, .rejected)
      // The uplink returns a gap only because it is too large.
      if case .gap(let gap)? = try? ReportCoder.decode(record), gap.spans.count > 1 {
        largestGap = min(largestGap, record.count / 2)
      }
    case .refused: summary.add(record, .refused)
    }
  }

  package func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
    summary.addUnreadable(count: UInt64(count), before: before, after: after, hasHoles: hasHoles)
  }

  package func reports(epoch: UInt32) -> [[UInt8]] {
    defer { summary = GapSummary() }
    return summary.gaps(at: clock(), limit: largestGap) { name(epoch) }
      .map { ReportCoder.encode(.gap($0)) }
  }

  package func retake(_ reports: [[UInt8]]) {
    for report in reports {
      if case .gap(let gap)? = try? ReportCoder.decode(report) { summary.retake(gap) }
    }
    unname(reports.count)
  }
}
