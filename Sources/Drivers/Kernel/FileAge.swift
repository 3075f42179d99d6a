import Telemetry

/// When a file was written, and the current time on the same clock.
package struct FileTimes: Hashable, Sendable {
  package let written: WallTime
  package let now: WallTime

  package init(written: WallTime, now: WallTime) {
    self.written = written
    self.now = now
  }
}

/// The age of a file. File times are on the wall clock, which may be wrong and may step. They are therefore compared
/// with it only once, when a file time is first seen; from then on the age grows with the uptime. A file time in the
/// future comes from a different clock setting and counts as now.
struct FileAge {
  /// The maximum age; older files count as this old. It keeps later calculations with the age from overflowing.
  private static let oldest = Duration.seconds(100 * 365 * 86_400)

  private var seen: (written: WallTime, birth: Uptime)?

  mutating func look(_ times: FileTimes, at now: Uptime) -> Duration {
    if let seen, seen.written == times.written { return now - seen.birth }
    let difference = Duration.nanoseconds(times.now.nanoseconds.minus(times.written.nanoseconds))
    let age = min(max(difference, .zero), Self.oldest)
    seen = (times.written, Uptime(nanoseconds: now.nanoseconds.minus(age.nanoseconds)))
    return age
  }
}
