import Telemetry

/// One thread of execution: jobs in order, timers, watched descriptors. The interface between actors pinned to a loop
/// and the code that drives it (`EventLoop` in Linux; a loop turned by hand in tests).
///
/// `post` may be called from any thread. Everything else is for code that already runs on the loop.
package protocol Loop: SerialExecutor {
  /// The time now, on the clock that timers use.
  var now: Uptime { get }

  /// Runs `work` on the loop, after everything posted before it.
  func post(_ work: @escaping @Sendable () -> Void)

  /// Runs `work` once, at `deadline` or as soon afterwards as the loop is free.
  @discardableResult
  func schedule(at deadline: Uptime, _ work: @escaping @Sendable () -> Void) -> TimerToken

  /// Cancels a timer. A timer that has fired, or was never set, is not an error.
  func cancel(_ timer: TimerToken)

  /// Calls `work` whenever `descriptor` is ready, until `unwatch`. A second call for a descriptor replaces the first.
  func watch(_ descriptor: Int32, for interest: Readiness, _ work: @escaping @Sendable (Readiness) -> Void)

  /// Stops watching. Call this before closing the descriptor.
  func unwatch(_ descriptor: Int32)
}

/// A loop with a name and a thread of its own.
package protocol ThreadLoop: Loop {
  /// Also used in messages.
  var name: String { get }

  /// Starts the thread, which runs the loop until `stop`.
  func start()

  /// Ends the thread after the jobs queued so far.
  func stop()
}

/// Identifies a scheduled timer.
package struct TimerToken: Hashable, Sendable {
  package let id: UInt64

  package init(id: UInt64) { self.id = id }
}

/// The operations that a watched descriptor can be ready for. A hang-up or an error is reported as both.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let reading = Readiness(rawValue: 1)
  package static let writing = Readiness(rawValue: 2)
}

/// An actor that lives on one loop. Its `unownedExecutor` is the loop's.
///
/// Actors call each other by `post`: in order, without a task, and so without the default thread pool.
package protocol Pinned: Actor {
  nonisolated var loop: any Loop { get }
}

extension Pinned {
  /// Runs `body` on the actor's loop, after everything posted to that loop before.
  package nonisolated func post(_ body: @escaping @Sendable (isolated Self) -> Void) {
    loop.post { self.assumeIsolated(body) }
  }
}
