import Telemetry

/// When a file was written, and what the same clock says now.
package struct FileTimes: Hashable, Sendable {
  package let written: WallTime
  package let now: WallTime

  package init(written: WallTime, now: WallTime) {
    self.written = written
    self.now = now
  }
}

/// How long ago a file was written. Its time is one of the wall clock, which may be wrong, and may step: so the two are compared
/// once, when the file is seen with this time first. From then on its age grows as the uptime does. A time that is yet to come
/// is one that was written under another clock; it counts as now.
struct FileAge {
  /// Older is not told apart; what is made of an age has room to calculate.
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
