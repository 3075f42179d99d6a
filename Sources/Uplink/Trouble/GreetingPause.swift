import Telemetry

/// The device's state and its subscriptions, when a connection does not survive them: they are left out for a while, and
/// then tried with nothing else on its way.
struct GreetingPause: Sendable {
  private static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)

  /// Nil: they are not left out.
  private(set) var until: Uptime?
  private(set) var isOnTrial = false
  private var wait = first

  /// The connection broke off at them, or they were never answered, which may be the network's fault. Returns for how
  /// long they are left out.
  mutating func begin(isSilence: Bool, at now: Uptime) -> Duration {
    let wait = isSilence ? self.wait : Self.ceiling
    self.wait = min(wait * 2, Self.ceiling)
    (until, isOnTrial) = (now + wait, false)
    return wait
  }

  /// Whether it is time to try them.
  mutating func ends(at now: Uptime) -> Bool {
    guard let until, until <= now else { return false }
    (self.until, isOnTrial) = (nil, true)
    return true
  }

  mutating func answered() { (isOnTrial, wait) = (false, Self.first) }
}
