/// How long to wait before the next attempt to connect: one second, doubling up to a ceiling, and of that a random part
/// ("full jitter"), so that a fleet that lost its broker does not come back all at once.
///
/// Only a connection that lasted makes it start anew: a broker that accepts us and then throws us out is not hammered.
public struct Backoff: Sendable {
  static let first = Duration.seconds(1)
  /// A connection that lived this long was a good one.
  static let lasting = Duration.seconds(30)

  private let ceiling: Duration
  private var failures = 0

  public init(ceiling: Duration) { self.ceiling = ceiling }

  /// The wait after one more failure; `random` is uniform in 0 ..< 1.
  public mutating func next(random: Double) -> Duration {
    // 2^20 s is beyond every ceiling.
    let longest = min(Self.first * (1 << min(failures, 20)), ceiling)
    failures += 1
    return longest * random
  }

  /// A connection ended after this long.
  public mutating func connectionLasted(_ duration: Duration) {
    if duration >= Self.lasting { failures = 0 }
  }
}
