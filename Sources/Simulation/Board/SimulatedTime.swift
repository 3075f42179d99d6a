import Synchronization
import Telemetry

/// The clock of simulated chips: what time it is, and how to pause. With `--simulate` these are the real clock and a
/// real sleep; tests use a `ManualTime`.
package struct SimulatedTime: Sendable {
  package let now: @Sendable () -> Uptime
  package let pause: @Sendable (Duration) -> Void
  /// How much longer a chip works than its datasheet says.
  var slowness: @Sendable () -> Duration = { .zero }

  package init(now: @escaping @Sendable () -> Uptime, pause: @escaping @Sendable (Duration) -> Void) {
    self.now = now
    self.pause = pause
  }

  /// When a chip finishes work that starts now and takes `work`, plus `slowness`.
  func end(of work: Duration) -> Uptime { now() + work + slowness() }
}

/// Back-to-back conversions, as in a chip that converts continuously.
struct Conversions {
  private let length: Duration
  private var nextEnd: Uptime

  init(of length: Duration, at time: SimulatedTime) {
    self.length = length
    nextEnd = time.end(of: length)
  }

  /// When the last conversion ended; nil: none has ended since the last call.
  mutating func takeLast(at time: SimulatedTime) -> Uptime? {
    let now = time.now()
    guard now >= nextEnd else { return nil }
    let period = length + time.slowness()
    let last = nextEnd + .nanoseconds((now - nextEnd).nanoseconds / period.nanoseconds * period.nanoseconds)
    nextEnd = last + period
    return last
  }
}

/// Time that moves only when told to, or when a driver pauses.
package final class ManualTime: Sendable {
  private let current: Mutex<Uptime>

  package init(startingAt start: Uptime = Uptime(nanoseconds: 1_000_000_000_000)) { current = Mutex(start) }

  package var now: Uptime { current.withLock { $0 } }

  package func advance(by duration: Duration) { current.withLock { $0 = $0 + duration } }

  /// This time in the form that chips and buses take: a pause moves the time.
  package var source: SimulatedTime { SimulatedTime(now: { self.now }, pause: { self.advance(by: $0) }) }
}
