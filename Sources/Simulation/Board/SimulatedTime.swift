import Synchronization
import Telemetry

/// The time that simulated chips live in: what it is, and how a pause passes. `--simulate` gives it the real clock and
/// a real sleep; tests give it a `ManualTime`.
package struct SimulatedTime: Sendable {
  package let now: @Sendable () -> Uptime
  package let pause: @Sendable (Duration) -> Void
  /// How much longer than its datasheet says a chip works.
  var slowness: @Sendable () -> Duration = { .zero }

  package init(now: @escaping @Sendable () -> Uptime, pause: @escaping @Sendable (Duration) -> Void) {
    self.now = now
    self.pause = pause
  }

  /// When a chip is done that begins now with what takes it so long.
  func end(of work: Duration) -> Uptime { now() + work + slowness() }
}

/// Conversions one after another, as a chip makes them that is never told to.
struct Conversions {
  private let length: Duration
  private var nextEnd: Uptime

  init(of length: Duration, at time: SimulatedTime) {
    self.length = length
    nextEnd = time.end(of: length)
  }

  /// When the last conversion ended; nil: none has since it was asked for the last time.
  mutating func takeLast(at time: SimulatedTime) -> Uptime? {
    let now = time.now()
    guard now >= nextEnd else { return nil }
    let period = length + time.slowness()
    let last = nextEnd + .nanoseconds((now - nextEnd).nanoseconds / period.nanoseconds * period.nanoseconds)
    nextEnd = last + period
    return last
  }
}

/// Time that only moves when told to, or when a driver waits.
package final class ManualTime: Sendable {
  private let current: Mutex<Uptime>

  package init(startingAt start: Uptime = Uptime(nanoseconds: 1_000_000_000_000)) { current = Mutex(start) }

  package var now: Uptime { current.withLock { $0 } }

  package func advance(by duration: Duration) { current.withLock { $0 = $0 + duration } }

  /// As chips and buses take it: a pause moves the time.
  package var source: SimulatedTime { SimulatedTime(now: { self.now }, pause: { self.advance(by: $0) }) }
}
