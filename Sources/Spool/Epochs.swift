import Telemetry

/// Where epochs come from. FORMAT.md has the ranges: they do not meet, so that a store that begins anew gives no epoch that
/// a former one in its place gave.
package enum Epochs {
  /// 2020-01-01 00:00 UTC, in seconds since 1970.
  private static let begin: Int64 = 1_577_836_800
  /// Minutes of a clock that is no longer plausible: 100 years, and below all that is drawn.
  private static let end: Int64 = 52_596_000
  /// A clock that is before 2025 is not set: this program is younger.
  private static let earliest: Int64 = 1_735_689_600

  /// The first epoch of a store that is made when nobody knows the time: drawn from these.
  static let withoutClock: Range<UInt32> = 1 << 28..<1 << 29
  /// That of a store of which nobody knows what epochs it has seen.
  static let unknown: Range<UInt32> = Block.epochLimit / 2..<Block.epochLimit / 4 * 3

  /// The first epoch of a store that is made now: minutes since 2020-01-01 UTC, so that it is larger than what a former
  /// store in its place has given, unless that was started more than once in every minute. Nil when the clock is not
  /// synchronised, or says something that cannot be.
  package static func first(at now: Stamp) -> UInt32? {
    let seconds = now.wall.nanoseconds / 1_000_000_000
    let minutes = (seconds - begin) / 60
    guard now.synced, seconds >= earliest, minutes < end else { return nil }
    return UInt32(minutes)
  }
}
