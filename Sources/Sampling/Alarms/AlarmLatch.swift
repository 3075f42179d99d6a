import Telemetry

/// Raises or clears an alarm once the value has been across the limit for `hold` without interruption. A value inside the
/// hysteresis band interrupts.
struct AlarmLatch: Sendable {
  enum Position { case beyond, between, back }

  private(set) var isRaised: Bool
  /// Since when only positions contrary to `isRaised` were heard.
  private var since: Uptime?

  init(isRaised: Bool) { self.isRaised = isRaised }

  /// Returns whether the alarm was raised or cleared. A time without samples does not break a run: nothing contradicts
  /// it.
  mutating func heard(_ position: Position, at now: Uptime, hold: Duration) -> Bool {
    guard position == (isRaised ? .back : .beyond) else {
      since = nil
      return false
    }
    let begin = since ?? now
    since = begin
    guard now - begin >= hold else { return false }
    isRaised.toggle()
    since = nil
    return true
  }
}
