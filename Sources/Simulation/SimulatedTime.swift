import Synchronization
import Telemetry

/// The time that simulated chips live in: what it is, and how a pause passes. `--simulate` gives it the real clock and
/// a real sleep; tests give it a `ManualTime`.
public struct SimulatedTime: Sendable {
  public let now: @Sendable () -> Uptime
  public let pause: @Sendable (Duration) -> Void

  public init(now: @escaping @Sendable () -> Uptime, pause: @escaping @Sendable (Duration) -> Void) {
    self.now = now
    self.pause = pause
  }
}

/// Time that only moves when told to, or when a driver waits.
public final class ManualTime: Sendable {
  private let current: Mutex<Uptime>

  public init(startingAt start: Uptime = Uptime(nanoseconds: 1_000_000_000_000)) { current = Mutex(start) }

  public var now: Uptime { current.withLock { $0 } }

  public func advance(by duration: Duration) { current.withLock { $0 = $0 + duration } }

  /// As chips and buses take it: a pause moves the time.
  public var source: SimulatedTime { SimulatedTime(now: { self.now }, pause: { self.advance(by: $0) }) }
}
