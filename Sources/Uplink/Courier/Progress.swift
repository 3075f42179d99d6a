import Telemetry

/// Measures how long the broker has answered nothing although something was in flight, or postponed. Time without a
/// connection does not count.
struct Progress: Sendable {
  /// Time without an answer on earlier connections.
  private var carried = Duration.zero
  private var since: Uptime?

  mutating func sent(at now: Uptime) { since = since ?? now }

  /// `isIdle`: nothing else is in flight.
  mutating func answered(isIdle: Bool, at now: Uptime) { (carried, since) = (.zero, isIdle ? nil : now) }

  mutating func disconnected(at now: Uptime) {
    carried = lacking(at: now)
    since = nil
  }

  func lacking(at now: Uptime) -> Duration { carried + (since.map { now - $0 } ?? .zero) }
}
