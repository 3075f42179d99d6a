import Scheduling
import Telemetry
import TestSupport

/// The time of one boot, and the threads that live in it. One real thread runs whatever is due next, so that hours pass in
/// moments, and a seed repeats every interleaving: of what is due at the same time, the seed draws what runs first.
package final class VirtualTime: @unchecked Sendable {
  /// A job never ends before this many others have run at the same moment: something posts to itself for ever.
  package static let spinning = 200_000

  private var reached: Uptime
  /// How long the running job has waited for its hardware.
  private var paused = Duration.zero
  private var loops: [VirtualLoop] = []
  private var random: SeededRandom
  private var atThisMoment = 0
  private var isHalted = false

  package init(startingAt start: Uptime, seed: UInt64) {
    reached = start
    random = SeededRandom(seed: seed)
  }

  /// Now, as the running job sees it.
  package var now: Uptime { reached + paused }

  package func loop(_ name: String) -> VirtualLoop {
    let loop = VirtualLoop(name: name, time: self)
    loops.append(loop)
    return loop
  }

  /// The running job waits, and so does its thread. Others go on.
  package func pause(_ duration: Duration) { paused += duration }

  /// The thread does nothing for so long: its disk or its bus hangs.
  package func hang(_ name: String, for duration: Duration) {
    for loop in loops where loop.name == name { loop.isBusy(until: reached + duration) }
  }

  /// The jobs that wait on all threads.
  package var waiting: Int { loops.reduce(0) { $0 + $1.waiting } }

  /// Runs what is due up to `end`. Returns the name of a thread that never comes to an end; nil: all is well.
  package func run(until end: Uptime) -> String? {
    loops.removeAll(where: \.isOver)
    isHalted = false
    while !isHalted, let (loop, at) = next(), at <= end {
      atThisMoment = at > reached ? 0 : atThisMoment + 1
      guard atThisMoment < Self.spinning else { return loop.name }
      reached = max(reached, at)
      loop.runOne(at: reached, timersFirst: random.next() & 1 == 0)
      if paused > .zero {
        loop.isBusy(until: reached + paused)
        paused = .zero
      }
    }
    if !isHalted { reached = max(reached, end) }
    return nil
  }

  /// Ends `run` after the running job: the process has ended.
  package func halt() { isHalted = true }

  private func next() -> (VirtualLoop, Uptime)? {
    var found: (loop: VirtualLoop, at: Uptime)?
    var alternatives: UInt64 = 1
    for loop in loops {
      guard let due = loop.nextDue else { continue }
      let at = max(due, reached)
      if let known = found {
        if at > known.at { continue }
        if at == known.at {
          alternatives += 1
          if random.next() % alternatives != 0 { continue }
        } else {
          alternatives = 1
        }
      }
      found = (loop, at)
    }
    return found
  }

  /// The machine is switched off.
  package func end() {
    for loop in loops { loop.clear() }
    loops = []
  }
}

/// A loop of virtual time.
package final class VirtualLoop: ThreadLoop, @unchecked Sendable {
  package let name: String
  private unowned let time: VirtualTime
  private var jobs: [(ready: Uptime, work: @Sendable () -> Void)] = []
  private var firstJob = 0
  private var timers: [(token: TimerToken, deadline: Uptime, work: @Sendable () -> Void)] = []
  private var lastTimer: UInt64 = 0
  private var busyUntil = Uptime(nanoseconds: 0)
  private var isRunning = false
  private(set) var isOver = false

  fileprivate init(name: String, time: VirtualTime) {
    self.name = name
    self.time = time
  }

  package func start() { isRunning = true }
  package func stop() { post { self.clear() } }

  package var now: Uptime { time.now }

  package func post(_ work: @escaping @Sendable () -> Void) {
    guard !isOver else { return }
    // A job that has waited for its hardware posts from a later moment than the others have reached: they come first.
    let ready = time.now
    var index = jobs.count
    while index > firstJob, jobs[index - 1].ready > ready { index -= 1 }
    jobs.insert((ready, work), at: index)
  }

  @discardableResult
  package func schedule(at deadline: Uptime, _ work: @escaping @Sendable () -> Void) -> TimerToken {
    lastTimer += 1
    let token = TimerToken(id: lastTimer)
    guard !isOver else { return token }
    let index = timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex
    timers.insert((token, deadline, work), at: index)
    return token
  }

  package func cancel(_ timer: TimerToken) { timers.removeAll { $0.token == timer } }

  /// No descriptor is ever ready here.
  package func watch(_ descriptor: Int32, for interest: Readiness, _ work: @escaping @Sendable (Readiness) -> Void) {}
  package func unwatch(_ descriptor: Int32) {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    post { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  /// Always passes: there is one thread.
  package func checkIsolated() {}

  fileprivate var waiting: Int { jobs.count - firstJob }

  fileprivate var nextDue: Uptime? {
    guard isRunning else { return nil }
    let timer = timers.isEmpty ? nil : timers[0].deadline
    guard firstJob < jobs.count else { return timer.map { max($0, busyUntil) } }
    let job = jobs[firstJob].ready
    return max(timer.map { min($0, job) } ?? job, busyUntil)
  }

  fileprivate func isBusy(until end: Uptime) { busyUntil = max(busyUntil, end) }

  fileprivate func runOne(at now: Uptime, timersFirst: Bool) {
    let hasJob = firstJob < jobs.count && jobs[firstJob].ready <= now
    if let timer = timers.first, timer.deadline <= now, timersFirst || !hasJob {
      timers.removeFirst()
      return timer.work()
    }
    guard hasJob else { return }
    let work = jobs[firstJob].work
    firstJob += 1
    if firstJob == jobs.count || firstJob > 1_000 {
      jobs.removeFirst(firstJob)
      firstJob = 0
    }
    work()
  }

  fileprivate func clear() {
    (jobs, timers, firstJob, isOver) = ([], [], 0, true)
  }
}
