import Telemetry

/// Notices connections that the other side ends soon after their start, again and again, though the broker takes what is
/// sent. It does so with two devices that have the same client id; not every broker says why.
struct Flapping: Sendable {
  /// Connections in a row.
  private static let limit = 5

  /// A connection that lasted longer was a good one. Of two devices each connects when its wait is over.
  let soon: Duration
  private var count = 0

  init(retryCeiling: Duration) { soon = min(Backoff.lasting + retryCeiling, .seconds(300)) }

  /// `isEnded`: by the other side, and not because of one and the same message. Returns how many have ended so; nil: not
  /// enough of them to be told.
  mutating func ended(after duration: Duration, isEnded: Bool) -> Int? {
    guard isEnded, duration < soon else {
      count = 0
      return nil
    }
    count += 1
    return count >= Self.limit ? count : nil
  }
}
