import Telemetry

/// Notices connections that the other side ends soon after their start, again and again, although the broker takes what
/// is sent. This happens when two devices have the same client id; not every broker states that reason.
struct Flapping: Sendable {
  /// Short connections in a row until they are reported.
  private static let limit = 5

  /// A connection that lasted longer was a good one. The limit includes the retry ceiling: of two such devices, each
  /// connects when its wait has ended.
  let soon: Duration
  private var count = 0

  init(retryCeiling: Duration) { soon = min(Backoff.lasting + retryCeiling, .seconds(300)) }

  /// `isEnded`: the other side ended the connection, and not because of a poison message. Returns how many connections
  /// in a row have ended like this; nil: too few to report.
  mutating func ended(after duration: Duration, isEnded: Bool) -> Int? {
    guard isEnded, duration < soon else {
      count = 0
      return nil
    }
    count += 1
    return count >= Self.limit ? count : nil
  }
}
