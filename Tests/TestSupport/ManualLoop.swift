import Scheduling
import Synchronization
import Telemetry

/// A loop driven by the test: posted work runs in `settle`, timers fire in `advance`, and time moves only when told to.
/// One thread at a time may drive it, and counts as the loop's thread meanwhile.
package final class ManualLoop: Loop {
  private struct State {
    var now: Uptime
    var jobs: [@Sendable () -> Void] = []
    var timers: [(token: TimerToken, deadline: Uptime, work: @Sendable () -> Void)] = []
    var watches: [Int32: @Sendable (Readiness) -> Void] = [:]
    var lastTimer: UInt64 = 0
  }

  private let state: Mutex<State>

  package init(startingAt start: Uptime = Uptime(nanoseconds: 1_000_000_000_000)) {
    state = Mutex(State(now: start))
  }

  package var now: Uptime { state.withLock { $0.now } }

  package func post(_ work: @escaping @Sendable () -> Void) { state.withLock { $0.jobs.append(work) } }

  @discardableResult
  package func schedule(at deadline: Uptime, _ work: @escaping @Sendable () -> Void) -> TimerToken {
    state.withLock { state in
      state.lastTimer += 1
      let token = TimerToken(id: state.lastTimer)
      let index = state.timers.firstIndex { $0.deadline > deadline } ?? state.timers.endIndex
      state.timers.insert((token, deadline, work), at: index)
      return token
    }
  }

  package func cancel(_ timer: TimerToken) { state.withLock { $0.timers.removeAll { $0.token == timer } } }

  package func watch(_ descriptor: Int32, for interest: Readiness, _ work: @escaping @Sendable (Readiness) -> Void) {
    state.withLock { $0.watches[descriptor] = work }
  }

  package func unwatch(_ descriptor: Int32) { state.withLock { $0.watches[descriptor] = nil } }

  /// Pretends that `descriptor` became ready.
  package func signal(_ descriptor: Int32, _ readiness: Readiness) {
    state.withLock { $0.watches[descriptor] }?(readiness)
    settle()
  }

  /// Runs posted work, and the work that it posts, until none is left.
  package func settle() {
    while let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) { job() }
  }

  /// Advances time, firing each timer at its deadline on the way.
  package func advance(by duration: Duration) {
    let end = now + duration
    settle()
    while let due = popTimer(until: end) {
      due()
      settle()
    }
    state.withLock { $0.now = end }
  }

  /// Lets time pass as if work blocked the loop's thread: timers that fall due are late.
  package func stall(for duration: Duration) { state.withLock { $0.now = $0.now + duration } }

  private func popTimer(until end: Uptime) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard let first = state.timers.first, first.deadline <= end else { return nil }
      state.timers.removeFirst()
      state.now = max(state.now, first.deadline)
      return first.work
    }
  }

  /// The next timer's deadline: what the real loop would sleep until.
  package var nextDeadline: Uptime? { state.withLock { $0.timers.first?.deadline } }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    post { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  /// Always passes: the loop has no thread of its own, and the thread that drives it counts as its thread.
  package func checkIsolated() {}
}
