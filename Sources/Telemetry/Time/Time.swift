/// A moment on this boot's clock that never steps: nanoseconds since boot, time asleep included (CLOCK_BOOTTIME).
/// Intervals, deadlines and schedules use it, never the wall clock.
package struct Uptime: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (a: Uptime, b: Uptime) -> Bool { a.nanoseconds < b.nanoseconds }
  package static func + (a: Uptime, b: Duration) -> Uptime { Uptime(nanoseconds: a.nanoseconds + b.nanoseconds) }
  package static func - (a: Uptime, b: Uptime) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// Nanoseconds since 1970-01-01T00:00:00Z as the wall clock told them, right or wrong.
package struct WallTime: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// Which boot an `Uptime` belongs to: the first eight bytes of the kernel's random boot id.
package struct BootID: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  /// The kernel did not tell: equal to no boot.
  package static let unknown = BootID(0)
}

/// When something happened: both clocks as they were then, and whether the wall clock could be trusted.
package struct Stamp: Hashable, Sendable {
  package let boot: BootID
  package let uptime: Uptime
  package let wall: WallTime
  /// The kernel said that the wall clock was synchronised.
  package let synced: Bool

  package init(boot: BootID, uptime: Uptime, wall: WallTime, synced: Bool) {
    self.boot = boot
    self.uptime = uptime
    self.wall = wall
    self.synced = synced
  }

  /// The same clocks, so long before.
  package func earlier(by age: Duration) -> Stamp {
    Stamp(
      boot: boot, uptime: Uptime(nanoseconds: uptime.nanoseconds - age.nanoseconds),
      wall: WallTime(nanoseconds: wall.nanoseconds - age.nanoseconds), synced: synced)
  }
}

/// How far a published time can be trusted.
package enum ClockQuality: String, Sendable {
  /// The wall clock was synchronised when the reading was taken.
  case synced
  /// It was not, but it was later in the same boot, and the time has been worked out from that.
  case corrected
  /// It was not, and there is nothing to correct it by: order and intervals hold, the date may be wrong.
  case unsynced
}

/// Turns a stamp into a time to publish, by what the clock says now.
package struct ClockCorrection: Sendable {
  private let now: Stamp

  package init(now: Stamp) { self.now = now }

  /// The best time known for `stamp`, and how far to trust it.
  package func resolve(_ stamp: Stamp) -> (wall: WallTime, quality: ClockQuality) {
    if stamp.synced { return (stamp.wall, .synced) }
    guard now.synced, now.boot == stamp.boot, now.boot != .unknown else { return (stamp.wall, .unsynced) }
    let (age, overflow) = now.uptime.nanoseconds.subtractingReportingOverflow(stamp.uptime.nanoseconds)
    let (wall, beyond) = now.wall.nanoseconds.subtractingReportingOverflow(age)
    return overflow || beyond ? (stamp.wall, .unsynced) : (WallTime(nanoseconds: wall), .corrected)
  }
}

extension Duration {
  /// Whole nanoseconds, saturated at the ends of Int64 (292 years).
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
}
