/// The back-off before the next attempt to connect: one second, doubling up to a ceiling. Half of the wait is fixed for
/// each device, the other half is random, so that a fleet that lost its broker does not come back all at once.
///
/// Only a connection that lasted resets it: a broker that accepts us and then throws us out is not hammered.
package struct Backoff: Sendable {
  static let first = Duration.seconds(1)
  /// A connection that lasted this long was a good one.
  static let lasting = Duration.seconds(30)

  private let ceiling: Duration
  private let slot: Double
  private var failures = 0

  /// `slot`: the device's fixed place within the wait, 0 ..< 1.
  package init(ceiling: Duration, slot: Double) {
    self.ceiling = ceiling
    self.slot = slot
  }

  /// The wait after one more failure; `random` is uniform in 0 ..< 1.
  package mutating func next(random: Double) -> Duration {
    // 2^20 s is beyond every ceiling.
    let longest = min(Self.first * (1 << min(failures, 20)), ceiling)
    failures += 1
    return longest * ((slot + random) / 2)
  }

  /// Makes the next wait the longest.
  package mutating func goToCeiling() { failures = max(failures, 20) }

  package mutating func reset() { failures = 0 }

  /// A connection ended after this long.
  package mutating func connectionLasted(_ duration: Duration) {
    if duration >= Self.lasting { reset() }
  }
}
