import Glibc
import Linux
import Scheduling
import Spool
import Telemetry
import TestSupport

/// A small ring that writes early: within seconds it turns, is drained, and evicts.
func smallSpool(_ directory: String, whenFull: SpoolOptions.WhenFull, loop: any Loop) -> Spool {
  var options = SpoolOptions()
  options.capacity = 2 << 20
  options.durableAfter = durableAfter
  options.whenFull = whenFull
  options.cursorAfter = 200
  options.cursorEvery = .seconds(1)
  return Spool(
    store: { SegmentFiles(directory: directory) }, options: options, lossReporter: { Clerk() }, loop: loop,
    notice: { notice in
      switch notice {
      case .degradedBegan, .unreadable: fail("\(notice)")
      default: break
      }
    })
}

let durableAfter = Duration.milliseconds(50)

/// One life: works with the spool at random until it is killed, or its time is over.
actor Writer: Pinned {
  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private let spool: Spool
  private let promises: Promises
  private let life: UInt32
  private var random: SeededRandom
  private let end: Uptime

  /// When each record of this life was taken.
  private var taken: [Uptime] = []
  /// How many of them have been promised to be durable: those that are old enough.
  private var promised = 0
  private var lastStep = Uptime(nanoseconds: 0)
  /// Handed out by `next` and not yet acknowledged.
  private var handed: [SpooledRecord] = []
  private var position: RecordNumber?
  private var evicted = 0
  private var linkIsUp = false
  private var stepsToChange = 0

  init(_ directory: String, _ promises: Promises, life: UInt32, seed: UInt64, seconds: Int?, loop: any Loop) {
    self.loop = loop
    self.promises = promises
    self.life = life
    random = SeededRandom(seed: seed)
    end = loop.now + .seconds(seconds ?? 1_000_000)
    linkIsUp = random.chance(50)
    spool = smallSpool(directory, whenFull: random.chance(80) ? .evictOldest : .refuseNewest, loop: loop)
  }

  func start() {
    spool.assumeIsolated { spool in
      do throws(StorageError) { _ = try spool.open() } catch { fail("\(error)") }
    }
    promises.tell("life \(life)")
    step()
  }

  private func use<Result: Sendable>(_ body: @Sendable (isolated Spool) -> Result) -> Result {
    spool.assumeIsolated(body)
  }

  private func step() {
    promiseTheOld()
    guard loop.now < end else { return finish() }
    if stepsToChange == 0 {
      linkIsUp.toggle()
      stepsToChange = 10 + random.below(linkIsUp ? 120 : 600)
    }
    stepsToChange -= 1
    if random.chance(60) { burst() }
    if linkIsUp {
      read(upTo: 1 + random.below(120))
      acknowledge(random.below(100))
    }
    if linkIsUp, random.chance(1) { drain() }
    check()
    lastStep = loop.now
    let pause = random.chance(3) ? random.below(100) : random.below(6)
    loop.schedule(at: loop.now + .milliseconds(pause)) { self.assumeIsolated { $0.step() } }
  }

  /// A record is durable when it was due by the end of the step before this one. Between the two, the loop has run the
  /// spool's timers, which write what is due and return when it is synced. This takes the spool at the word of its
  /// contract, age, and not of its counters: a spool that forgets its timer is found out.
  private func promiseTheOld() {
    let first = promised
    while promised < taken.count, taken[promised] + durableAfter <= lastStep { promised += 1 }
    if promised > first { promises.tell("durable \(life) \(first) \(promised)") }
  }

  private func burst() {
    let count = random.chance(5) ? 200 : 1 + random.below(50)
    for _ in 0..<count {
      let name = Name(life: life, index: UInt32(taken.count))
      let critical = random.chance(1)
      let record = Record.bytes(name)
      guard let number = use({ $0.append(record, critical: critical) }) else { break }
      taken.append(loop.now)
      promises.tell("taken \(life) \(name.index) \(number)")
      // What is critical is on the disk when `append` returns.
      if critical { promises.tell("durable \(life) \(name.index) \(name.index + 1)") }
    }
  }

  private func read(upTo limit: Int) {
    let (after, again) = (position, random.chance(3))
    for record in use({ $0.next(after: again ? nil : after, limit: limit) }) {
      let spans = Report.spans(of: record.bytes)
      if spans == nil, Record.name(of: record.bytes) == nil { fail("wrong bytes in record \(record.number)") }
      if let position, !record.isAhead, record.number <= position { continue }
      for span in spans ?? [] { promises.tell("reported \(span.life) \(span.first) \(span.last)") }
      handed.append(record)
      if !record.isAhead { position = record.number }
    }
  }

  private func acknowledge(_ count: Int) {
    for _ in 0..<min(count, handed.count) {
      // Mostly the oldest, as a broker does.
      let record = handed.remove(at: random.chance(70) ? 0 : random.below(handed.count))
      if let name = Record.name(of: record.bytes) { promises.tell("acknowledging \(name.life) \(name.index)") }
      use { $0.acknowledge(record.number) }
    }
  }

  /// Everything is acknowledged, and the spool saves its cursor when the last record on the disk is.
  private func drain() {
    repeat {
      acknowledge(.max)
      read(upTo: 500)
    } while !handed.isEmpty
    let counters = use { $0.counters }
    guard counters.waiting == 0 else { fail("drained, and \(counters.waiting) wait") }
    promises.tell("settled \(life) \(taken.count)")
  }

  private func check() {
    let counters = use { $0.counters }
    if counters.evicted > evicted {
      evicted = counters.evicted
      promises.tell("evicted \(evicted)")
    }
    if let problem = problem(with: counters) { fail(problem) }
    if counters.lost != 0 { fail("\(counters.lost) records lost, and only the writer was killed: \(counters)") }
  }

  private func finish() {
    use { $0.close() }
    promises.tell("durable \(life) \(promised) \(taken.count)")
    exit(0)
  }
}

/// What does not add up.
func problem(with counters: SpoolCounters) -> String? {
  let ledger = counters.ledger
  let gone = counters.acknowledged + counters.evicted + counters.expired + counters.lost
  let goneEver = ledger.acknowledged + ledger.evicted + ledger.expired + ledger.lost
  let addsUp = counters.recovered + counters.taken == gone + counters.waiting
  return addsUp && ledger.taken == goneEver + ledger.waiting ? nil : "the sum is wrong: \(counters)"
}
