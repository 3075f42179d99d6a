import Telemetry

/// Leaves out the device's state and its subscriptions for a while when a connection does not survive them. Then they
/// are tried with nothing else in flight.
struct GreetingPause: Sendable {
  private static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)

  /// When the pause ends; nil: the greeting is not left out.
  private(set) var until: Uptime?
  private(set) var isOnTrial = false
  private var wait = first

  /// The connection broke off at the greeting, or the greeting was never answered (`isSilence`), which may be the
  /// network's fault. Returns how long it is left out.
  mutating func begin(isSilence: Bool, at now: Uptime) -> Duration {
    let wait = isSilence ? self.wait : Self.ceiling
    self.wait = min(wait * 2, Self.ceiling)
    (until, isOnTrial) = (now + wait, false)
    return wait
  }

  /// Whether it is time to try the greeting.
  mutating func ends(at now: Uptime) -> Bool {
    guard let until, until <= now else { return false }
    (self.until, isOnTrial) = (nil, true)
    return true
  }

  mutating func answered() { (isOnTrial, wait) = (false, Self.first) }
}
