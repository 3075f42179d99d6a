import CLinux
import Glibc
import Scheduling
import Synchronization
import Telemetry

/// One thread with poll(), timers, watched descriptors and a queue of jobs. Actors pinned to the loop run only on it.
///
/// An idle loop sleeps in poll() without a time-out: it has no tick and causes no wake-ups.
package final class EventLoop: ThreadLoop {
  /// The thread's name, also used in messages.
  package let name: String

  private enum Job {
    case work(@Sendable () -> Void)
    case task(UnownedJob)
  }

  private struct Inbox {
    var jobs: [Job] = []
    /// The eventfd has been written and not yet read, so it need not be written again.
    var isSignalled = false
    var isStopped = false
  }

  private struct Watch {
    let interest: Readiness
    let work: @Sendable (Readiness) -> Void
  }

  private let inbox = Mutex(Inbox())
  private let timers = Mutex(TimerQueue())
  private let watches = Mutex<[Int32: Watch]>([:])
  private let thread = Mutex<pthread_t?>(nil)
  private let wakeup: Int32
  private let alarm: Int32
  /// The time that the alarm is set to; nil: it is not set.
  private let alarmedAt = Mutex<Uptime?>(nil)

  /// Terminates the process when the system has no descriptor left: nothing can run without a loop.
  package init(name: String) {
    self.name = name
    wakeup = clinux_eventfd()
    precondition(wakeup >= 0, "eventfd: errno \(-wakeup)")
    alarm = clinux_timerfd()
    precondition(alarm >= 0, "timerfd_create: errno \(-alarm)")
  }

  deinit {
    close(wakeup)
    close(alarm)
  }

  // MARK: Loop

  package var now: Uptime { SystemClock.uptime() }

  package func post(_ work: @escaping @Sendable () -> Void) { put(.work(work)) }

  package func enqueue(_ job: consuming ExecutorJob) { put(.task(UnownedJob(job))) }

  @discardableResult
  package func schedule(at deadline: Uptime, _ work: @escaping @Sendable () -> Void) -> TimerToken {
    timers.withLock { $0.add(deadline, work) }
  }

  package func cancel(_ timer: TimerToken) { timers.withLock { $0.remove(timer) } }

  package func watch(_ descriptor: Int32, for interest: Readiness, _ work: @escaping @Sendable (Readiness) -> Void) {
    watches.withLock { $0[descriptor] = Watch(interest: interest, work: work) }
  }

  package func unwatch(_ descriptor: Int32) { watches.withLock { $0[descriptor] = nil } }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  package func checkIsolated() {
    precondition(isCurrent, "this code belongs to the loop \(name), but runs on another thread")
  }

  private var isCurrent: Bool {
    let mine = pthread_self()
    return thread.withLock { $0.map { pthread_equal($0, mine) != 0 } ?? false }
  }

  private func put(_ job: Job) {
    // The loop's own thread looks into the inbox before it sleeps.
    let isAwake = isCurrent
    let mustSignal = inbox.withLock { inbox in
      inbox.jobs.append(job)
      guard !isAwake, !inbox.isSignalled else { return false }
      inbox.isSignalled = true
      return true
    }
    if mustSignal { signal() }
  }

  private func signal() {
    var one: UInt64 = 1
    // EAGAIN would mean that the counter is full, and then the loop wakes anyway.
    _ = write(wakeup, &one, MemoryLayout<UInt64>.size)
  }

  // MARK: Running

  /// Starts a thread that runs the loop until `stop`.
  package func start() {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Name lookup and TLS in the uplink need the deepest stack. The default of 8 MiB would be mapped but never used.
    pthread_attr_setstacksize(&attributes, 1 << 20)
    let result = createThread(&attributes, Unmanaged.passRetained(self).toOpaque())
    pthread_attr_destroy(&attributes)
    precondition(result == 0, "pthread_create: errno \(result)")
  }

  /// How often and how long a start waits for memory or for room for a thread: 5 s in all. The uplink's thread limits the
  /// memory of the whole process while it is in libmosquitto.
  private static let attempts = 1_000
  private static let pause = Duration.milliseconds(5)

  /// Returns an errno, or 0.
  private func createThread(_ attributes: inout pthread_attr_t, _ context: UnsafeMutableRawPointer) -> Int32 {
    var created = pthread_t()
    var result: Int32 = 0
    for _ in 0..<Self.attempts {
      result = pthread_create(
        &created, &attributes,
        { context in
          if let context { Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, context)
      guard result == EAGAIN else { break }
      SystemClock.sleep(Self.pause)
    }
    return result
  }

  /// Runs the loop on the calling thread until `stop`.
  package func run() {
    thread.withLock { $0 = pthread_self() }
    clinux_name_thread(String(name.prefix(15)))
    while !inbox.withLock({ $0.isStopped }) { turn() }
  }

  /// Ends `run` after the jobs queued so far.
  package func stop() { post { self.inbox.withLock { $0.isStopped = true } } }

  private func turn() {
    let ready = wait()
    for (descriptor, readiness) in ready {
      // Looked up again: earlier work in this turn may have stopped watching it.
      if let watch = watches.withLock({ $0[descriptor] }) { watch.work(readiness) }
    }
    // A timer added by a timer's work waits for the next turn, due or not: work that takes longer than its interval
    // must not starve the jobs.
    let last = timers.withLock { $0.lastID }
    while let work = timers.withLock({ $0.popDue(now, addedUpTo: last) }) { work() }
    runJobs()
  }

  private func runJobs() {
    let jobs = inbox.withLock { inbox in
      defer { inbox.jobs = [] }
      return inbox.jobs
    }
    for job in jobs {
      switch job {
      case .work(let work): work()
      case .task(let task): task.runSynchronously(on: asUnownedSerialExecutor())
      }
    }
  }

  private func wait() -> [(Int32, Readiness)] {
    var polled = watches.withLock { watches in
      watches.map { pollfd(fd: $0.key, events: $0.value.interest.pollEvents, revents: 0) }
    }
    polled.append(pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0))
    polled.append(pollfd(fd: alarm, events: Int16(POLLIN), revents: 0))
    setAlarm(timers.withLock { $0.nextDeadline })
    let hasJobs = inbox.withLock { !$0.jobs.isEmpty }
    let count = poll(&polled, nfds_t(polled.count), hasJobs ? 0 : -1)
    guard count > 0 else { return [] }
    if polled[polled.count - 2].revents != 0 { drainWakeup() }
    if polled[polled.count - 1].revents != 0 { setAlarm(nil) }
    return polled.dropLast(2).compactMap { $0.revents == 0 ? nil : ($0.fd, Readiness(pollEvents: $0.revents)) }
  }

  private func drainWakeup() {
    var count: UInt64 = 0
    _ = read(wakeup, &count, MemoryLayout<UInt64>.size)
    inbox.withLock { $0.isSignalled = false }
  }

  /// The alarm uses the clock of the deadlines, which goes on during suspend. The time-out of poll() does not: all
  /// deadlines would be late by the rest of it.
  private func setAlarm(_ deadline: Uptime?) {
    let isSet = alarmedAt.withLock { alarmedAt in
      defer { alarmedAt = deadline }
      return alarmedAt == deadline
    }
    // 0 would disarm the timer; a deadline in the past is due at once.
    if !isSet { _ = clinux_set_timer(alarm, deadline.map { max(1, $0.nanoseconds) } ?? 0) }
  }
}

extension Readiness {
  fileprivate var pollEvents: Int16 {
    Int16((contains(.reading) ? POLLIN : 0) | (contains(.writing) ? POLLOUT : 0))
  }

  fileprivate init(pollEvents: Int16) {
    let failed = pollEvents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    self = []
    if failed || pollEvents & Int16(POLLIN) != 0 { insert(.reading) }
    if failed || pollEvents & Int16(POLLOUT) != 0 { insert(.writing) }
  }
}
