import Telemetry

/// For how long the broker has answered to nothing although something was on its way, or put off. Time without a
/// connection does not count.
struct Progress: Sendable {
  /// Of earlier connections.
  private var carried = Duration.zero
  private var since: Uptime?

  mutating func sent(at now: Uptime) { since = since ?? now }

  /// `isIdle`: nothing else is on its way.
  mutating func answered(isIdle: Bool, at now: Uptime) { (carried, since) = (.zero, isIdle ? nil : now) }

  mutating func disconnected(at now: Uptime) {
    carried = lacking(at: now)
    since = nil
  }

  func lacking(at now: Uptime) -> Duration { carried + (since.map { now - $0 } ?? .zero) }
}
