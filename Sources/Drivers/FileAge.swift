import Telemetry

/// When a file was written, and what the same clock says now.
public struct FileTimes: Hashable, Sendable {
  public let written: WallTime
  public let now: WallTime

  public init(written: WallTime, now: WallTime) {
    self.written = written
    self.now = now
  }
}

/// How long ago a file was written. Its time is one of the wall clock, which may be wrong, and may step: so the two are compared
/// once, when the file is seen with this time first. From then on its age grows as the uptime does. A time that is yet to come
/// is one that was written under another clock; it counts as now.
struct FileAge {
  private var seen: (written: WallTime, birth: Uptime)?

  mutating func look(_ times: FileTimes, at now: Uptime) -> Duration {
    if let seen, seen.written == times.written { return now - seen.birth }
    let age = max(Duration.nanoseconds(times.now.nanoseconds.minus(times.written.nanoseconds)), .zero)
    seen = (times.written, Uptime(nanoseconds: now.nanoseconds.minus(age.nanoseconds)))
    return age
  }
}
