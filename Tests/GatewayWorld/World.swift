import Configuration
import Foundation
import Gateway
import Linux
import Logging
import Messages
import Scheduling
import Simulation
import Spool
import Telemetry
import TestSupport

/// A board with its card, its sensors and its clock, the broker, and the gateway between them, in one process and in virtual
/// time. Nothing in it is real but the gateway.
package final class World: @unchecked Sendable {
  package enum End: Hashable, Sendable {
    /// SIGTERM, or the gateway by itself.
    case stopped
    /// SIGKILL: what it had written is there.
    case killed
    /// The board too: what was not synced may be gone.
    case powerCut
  }

  package let broker: WorldBroker
  package let card: Card
  package var audit: Audit { ledger.audit }
  /// devices.yaml. The next start and the next reload read it.
  package var configuration: String
  /// Called with each line of the log, when a person wants to see what happens.
  package var trace: ((String) -> Void)?
  package private(set) var isSynced = true
  package private(set) var gateway: Gateway?
  /// Why the gateway ended by itself; nil: it runs, or somebody ended it.
  package private(set) var ending: Gateway.Ending?

  private final class Ledger {
    var audit: Audit
    /// Called before the audit hears of a message.
    var look: () -> Void = {}

    init(_ audit: Audit) { self.audit = audit }

    func accept(_ message: Message) {
      look()
      audit.accept(message)
    }
  }
  private let ledger: Ledger
  private let scenario: Scenario
  private var random: SeededRandom
  private var time: VirtualTime
  private var boot: UInt64 = 1
  /// From the beginning of the world to the boot.
  private var bootedAt = Duration.zero
  /// By how much the wall clock is wrong.
  private var wallError = Duration.zero
  /// Of this run. A buffer whose disk appears later goes on with another one.
  private var epochs: [UInt32] = []
  /// When the last hang of the spool's thread is over, and how long it was.
  private var spoolHang: (until: Duration, length: Duration)?
  /// `buffer.durable_after` of the running gateway.
  private var durableAfter = Duration.zero
  private var lastNumbers: [String: UInt64] = [:]
  /// The log says that something was not written before the end.
  private var hasToldOfLoss = false
  /// When the card ceased to fail.
  private var healedAt: Duration?

  package init(seed: UInt64, configuration: String, scenario: Scenario, slotsPerSegment: Int, isOrdered: Bool) {
    let ledger = Ledger(Audit(isOrdered: isOrdered))
    self.ledger = ledger
    random = SeededRandom(seed: seed)
    broker = WorldBroker(seed: random.next()) { ledger.accept($0) }
    card = Card(slotsPerSegment: slotsPerSegment)
    (self.configuration, self.scenario) = (configuration, scenario)
    time = VirtualTime(startingAt: Uptime(nanoseconds: 9_000_000_000), seed: random.next())
    ledger.look = { [unowned self] in if let gateway { noteBegin(gateway) } }
  }

  // MARK: Time

  /// Since the beginning of the world.
  package var age: Duration { bootedAt + .nanoseconds(time.now.nanoseconds) }

  private static let beginning: Int64 = 1_800_000_000_000_000_000

  private var stamp: Stamp {
    let wall = Self.beginning + age.nanoseconds + wallError.nanoseconds
    return Stamp(boot: BootID(boot), uptime: time.now, wall: WallTime(nanoseconds: wall), synced: isSynced)
  }

  /// A time server answers, or the clock is set by hand to something else.
  package func setClock(wrongBy error: Duration, synced: Bool) { (wallError, isSynced) = (error, synced) }

  package func hang(_ thread: String, for length: Duration) {
    time.hang(thread, for: length)
    if thread == "spool" { spoolHang = (age + length, length) }
  }

  package func fail(_ fault: Card.Fault?) {
    if card.fault != nil, fault == nil { healedAt = age }
    card.fail(fault)
  }

  /// Lets time pass, or less if the gateway ends by itself.
  package func run(for duration: Duration) {
    let end = time.now + duration
    while time.now < end, ending == nil {
      let stretch = min(end, time.now + .seconds(60))
      if let name = time.run(until: stretch) { return find("the thread \(name) never comes to rest") }
      card.settle()
      check()
    }
    if ending != nil { finishLife(.stopped) }
    if time.now < end { _ = time.run(until: end) }
  }

  package func find(_ finding: String) { ledger.audit.find("\(brief(age)): \(finding)") }

  /// The invariants of every moment.
  private func check() {
    if time.waiting > 20_000 { find("\(time.waiting) jobs wait on the threads") }
    guard let gateway else { return }
    let counters = gateway.spool.assumeIsolated { $0.counters }
    let gone = counters.acknowledged + counters.evicted + counters.expired + counters.lost + counters.waiting
    if counters.recovered + counters.taken != gone { find("the buffer's counts do not add up: \(counters)") }
    noteBegin(gateway)
  }

  private func noteBegin(_ gateway: Gateway) {
    let epoch = gateway.recorder.assumeIsolated { $0.epoch }
    guard epoch != 0, epoch != epochs.last else { return }
    epochs.append(epoch)
    ledger.audit.begin(epoch)
  }

  // MARK: The gateway

  package var isRunning: Bool { gateway != nil }

  package func settings() throws(ConfigurationError) -> Settings {
    try ConfigurationLoader.load(Array(configuration.utf8), file: "devices.yaml", environment: { _ in nil })
  }

  /// Starts the gateway, if the configuration has no mistake.
  package func start() {
    guard gateway == nil, let settings = try? settings() else { return }
    (ending, epochs, hasToldOfLoss, durableAfter) = (nil, [], false, settings.buffer.durableAfter)
    let loop = time.loop("main")
    loop.start()
    let source = Gateway.Source(
      load: { [unowned self] () throws(ConfigurationError) in try self.settings() },
      board: { [unowned self] in board($0) })
    let gateway = Gateway(settings, from: source, on: platform, loop: loop) { [unowned self] ending in
      self.ending = ending
      time.halt()
    }
    self.gateway = gateway
    gateway.post { $0.start() }
  }

  package func reload() { gateway?.post { $0.reload() } }

  /// SIGTERM. The gateway needs a few seconds at most.
  package func stop() {
    guard let gateway else { return }
    gateway.post { $0.stop(because: "SIGTERM") }
    let end = time.now + .seconds(30)
    while ending == nil, time.now < end { _ = time.run(until: time.now + .milliseconds(100)) }
    if ending == nil { find("it does not stop") }
    card.settle()
    finishLife(.stopped)
  }

  /// Ends the gateway from outside.
  package func end(_ end: End) {
    finishLife(end)
    guard end == .powerCut else { return }
    card.losePower(using: &random)
    bootedAt = age + .seconds(10)
    boot = random.next()
    time = VirtualTime(startingAt: Uptime(nanoseconds: 9_000_000_000), seed: random.next())
  }

  private func finishLife(_ end: End) {
    guard let gateway else { return }
    noteBegin(gateway)
    card.detach()
    if !epochs.isEmpty { ledger.audit.end(life(of: gateway, end)) }
    lastNumbers = gateway.recorder.assumeIsolated { $0.sequences }
    self.gateway = nil
    time.end()
  }

  private func life(of gateway: Gateway, _ end: End) -> Audit.Life {
    let (epoch, last) = gateway.recorder.assumeIsolated { ($0.epoch, $0.sequences) }
    var life = Audit.Life(epoch: epoch, last: last)
    let (isDegraded, refused) = gateway.spool.assumeIsolated { ($0.counters.degraded, $0.counters.refused) }
    // A write that failed is tried again for a while before the disk counts as failed, and after it works again.
    life.isAllExcused =
      card.fault != nil || isDegraded || hasToldOfLoss || healedAt.map { age < $0 + .seconds(60) } ?? false
    // Only a stop writes down what a full buffer has refused.
    if end != .stopped, refused > 0 { life.isAllExcused = true }
    if epochs.count > 1 { life.isAllExcused = true }
    guard end != .stopped, !life.isAllExcused else { return life }
    let waiting = gateway.spool.assumeIsolated { spool in
      spool.releaseHeld()
      return spool.next(after: nil, limit: 1_000_000, anew: true)
    }
    for record in waiting {
      guard let report = try? ReportCoder.decode(record.bytes), report.time.boot == BootID(boot) else { continue }
      if time.now - report.time.uptime <= unsafe { life.excused.insert(.init(report.identity)) }
    }
    return life
  }

  /// How old a reading may be that is not on the disk.
  private var unsafe: Duration {
    let hang = spoolHang.map { age < $0.until + .seconds(5) ? $0.length : .zero } ?? .zero
    return durableAfter + .seconds(1) + hang
  }

  /// The status as `fieldpost status --json` would show it; nil: no answer.
  package func status() -> [String: Any]? {
    final class Answer: @unchecked Sendable { var json: [UInt8]? }
    let answer = Answer()
    gateway?.post { gateway in gateway.tellStatus { answer.json = $0.json } }
    _ = time.run(until: time.now + .seconds(4))
    return answer.json.flatMap { Payload.object($0) }
  }

  /// The last number of a stream that the running gateway has given, or the one that ran last.
  package func lastNumber(of stream: String) -> UInt64 {
    (gateway.map { $0.recorder.assumeIsolated { $0.sequences } } ?? lastNumbers)[stream] ?? 0
  }

  package var waiting: Int { gateway.map { $0.spool.assumeIsolated { $0.counters.waiting } } ?? 0 }

  /// Audits what the broker has. Nothing may wait any more.
  func finish() {
    let letters = card.files.filter { $0.key.hasSuffix("dead-letters.jsonl") }.values.flatMap { bytes in
      bytes.split(separator: UInt8(ascii: "\n")).flatMap { Payload.identities(Array($0)) }
    }
    let names = letters.map { Audit.Name(Identity(sensor: $0.sensor, epoch: $0.epoch, sequence: $0.sequence)) }
    ledger.audit.finish(deadLetters: Set(names))
  }

  package func loseCard() {
    card.exchange()
    ledger.audit.loseCard()
  }

  // MARK: What the gateway stands on

  private var platform: Platform {
    let log = Log(
      least: .debug, clock: { [unowned self] in stamp },
      sink: { [unowned self] entry in
        if ["stopping-too-long", "left-in-memory"].contains(entry.id) { hasToldOfLoss = true }
        trace?("\(brief(age)) \(entry.level.name) \(entry.text) [\(entry.id)]")
      })
    return Platform(
      clock: { [unowned self] in stamp }, chance: Chance { [unowned self] in random.next() },
      thread: { [unowned self] in time.loop($0) }, store: { [unowned self] _, _ in card.disk },
      files: CardFiles(card: card),
      transport: { [unowned self] _, loop, _, tell in WorldTransport(broker, loop: loop, tell: tell) },
      watchLinks: { _, _ throws(SystemError) in }, settled: {}, log: log, manager: ServiceManager())
  }

  private func board(_ settings: Settings) -> Board {
    let scenario = scenario.settings(for: settings)
    let time = SimulatedTime(
      now: { [unowned self] in Uptime(nanoseconds: age.nanoseconds) }, pause: { [unowned self] in self.time.pause($0) })
    return Board.simulated(settings, scenario, time: time)
  }
}
