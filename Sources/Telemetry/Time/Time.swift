/// A moment on the clock of one boot, which never steps: nanoseconds since boot, suspend included (CLOCK_BOOTTIME).
/// Intervals, deadlines and schedules use it, never the wall clock.
package struct Uptime: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (a: Uptime, b: Uptime) -> Bool { a.nanoseconds < b.nanoseconds }
  package static func + (a: Uptime, b: Duration) -> Uptime { Uptime(nanoseconds: a.nanoseconds + b.nanoseconds) }
  package static func - (a: Uptime, b: Uptime) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// Nanoseconds since 1970-01-01T00:00:00Z as the wall clock showed them, right or wrong.
package struct WallTime: Hashable, Comparable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// Which boot an `Uptime` belongs to: the first eight bytes of the kernel's random boot id.
package struct BootID: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }

  /// The kernel gave no boot id. Two unknown boots compare equal, but may be different boots.
  package static let unknown = BootID(0)
}

/// When something happened: both clocks at that moment, and whether the wall clock could be trusted.
package struct Stamp: Hashable, Sendable {
  package let boot: BootID
  package let uptime: Uptime
  package let wall: WallTime
  /// Whether the kernel reported the wall clock as synchronised.
  package let synced: Bool

  package init(boot: BootID, uptime: Uptime, wall: WallTime, synced: Bool) {
    self.boot = boot
    self.uptime = uptime
    self.wall = wall
    self.synced = synced
  }

  /// The same clocks, `age` earlier.
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
  /// The wall clock was not synchronised then, but later in the same boot it was, and the time was corrected from that.
  case corrected
  /// The wall clock was not synchronised and cannot be corrected: order and intervals hold, the date may be wrong.
  case unsynced
}

/// Turns a stamp into a time to publish, corrected by the clocks now.
package struct ClockCorrection: Sendable {
  private let now: Stamp

  package init(now: Stamp) { self.now = now }

  /// The best known time for `stamp`, and how far it can be trusted.
  package func resolve(_ stamp: Stamp) -> (wall: WallTime, quality: ClockQuality) {
    if stamp.synced { return (stamp.wall, .synced) }
    guard now.synced, now.boot == stamp.boot, now.boot != .unknown else { return (stamp.wall, .unsynced) }
    let (age, overflow) = now.uptime.nanoseconds.subtractingReportingOverflow(stamp.uptime.nanoseconds)
    let (wall, beyond) = now.wall.nanoseconds.subtractingReportingOverflow(age)
    return overflow || beyond ? (stamp.wall, .unsynced) : (WallTime(nanoseconds: wall), .corrected)
  }
}

extension Duration {
  /// Whole milliseconds.
  package var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }

  /// Whole nanoseconds, saturated at the ends of Int64 (292 years).
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
}
