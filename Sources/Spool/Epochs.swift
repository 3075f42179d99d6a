import Telemetry

/// Where epochs come from. FORMAT.md lists the ranges. They are disjoint, so that a new store does not reuse an epoch
/// of an earlier store in its place.
package enum Epochs {
  /// 2020-01-01 00:00 UTC, in seconds since 1970.
  private static let begin: Int64 = 1_577_836_800
  /// Seconds for each number: a store that is deleted and made again at once must not begin with the same one.
  private static let step: Int64 = 6
  /// Limit for plausible times: 100 years, in steps. It lies below all randomly drawn epochs.
  private static let end: Int64 = 525_960_000
  /// A clock before 2025 has not been set: this program is younger than that.
  private static let earliest: Int64 = 1_735_689_600

  /// Range of the random first epoch of a store that is made while the time is unknown.
  static let withoutClock: ClosedRange<UInt32> = 1 << 29...(1 << 30) - 1
  /// Range of the random epoch of a store whose earlier epochs are unknown.
  static let unknown: ClosedRange<UInt32> = Block.epochLimit / 2...Block.epochLimit / 4 * 3 - 1

  /// The first epoch of a store that is made now: tenths of minutes since 2020-01-01 UTC. It is larger than the epochs
  /// of an earlier store in its place, unless that store was started more than once in six seconds. Nil when the clock
  /// is not synchronised or its time is implausible.
  package static func first(at now: Stamp) -> UInt32? {
    let seconds = now.wall.nanoseconds / 1_000_000_000
    let steps = (seconds - begin) / step
    guard now.synced, seconds >= earliest, steps < end else { return nil }
    return UInt32(steps)
  }
}
