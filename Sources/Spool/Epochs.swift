import Telemetry

/// Where epochs come from. FORMAT.md lists the ranges. They are disjoint, so that a new store does not reuse an epoch
/// of an earlier store in its place.
package enum Epochs {
  /// 2020-01-01 00:00 UTC, in seconds since 1970.
  private static let begin: Int64 = 1_577_836_800
  /// Limit for plausible minutes: 100 years. It lies below all randomly drawn epochs.
  private static let end: Int64 = 52_596_000
  /// A clock before 2025 has not been set: this program is younger than that.
  private static let earliest: Int64 = 1_735_689_600

  /// Range of the random first epoch of a store that is made while the time is unknown.
  static let withoutClock: Range<UInt32> = 1 << 28..<1 << 29
  /// Range of the random epoch of a store whose earlier epochs are unknown.
  static let unknown: Range<UInt32> = Block.epochLimit / 2..<Block.epochLimit / 4 * 3

  /// The first epoch of a store that is made now: minutes since 2020-01-01 UTC. It is larger than the epochs of an
  /// earlier store in its place, unless that store was started more than once a minute. Nil when the clock is not
  /// synchronised or its time is implausible.
  package static func first(at now: Stamp) -> UInt32? {
    let seconds = now.wall.nanoseconds / 1_000_000_000
    let minutes = (seconds - begin) / 60
    guard now.synced, seconds >= earliest, minutes < end else { return nil }
    return UInt32(minutes)
  }
}
