import Drivers
import Messages
import Sampling
import Scheduling
import Spool
import Telemetry

/// Gives observations their identity and puts them into the spool. Lives on the spool's loop, so that sequence numbers
/// follow the order in the spool.
package actor Recorder: Pinned {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private(set) var spool: Spool?
  package private(set) var epoch: UInt32 = 0
  /// The last sequence number of each stream.
  package private(set) var sequences: [String: UInt64] = [:]
  /// Records that the spool had no room for.
  private var refused = GapSummary()
  private var written = DailyCount()
  var losses = LossWatch()
  /// The oldest waiting record, as of the last look.
  var oldest: (number: RecordNumber, time: Stamp)?
  var deadBands: [String: DeadBand]
  /// Nil: no alarms are watched.
  var alarms: AlarmKeeper?
  /// Sensors that cannot be read.
  private var faults: Set<String> = []
  private var stateDrifted: @Sendable () -> Void = {}

  /// `deadBands`: for sensors whose readings are not all published.
  init(loop: any Loop, deadBands: [String: DeadBand.Rules] = [:]) {
    self.loop = loop
    self.deadBands = deadBands.mapValues { DeadBand($0) }
  }

  /// Call this before anything is recorded.
  func begin(_ spool: Spool, epoch: UInt32) {
    self.spool = spool
    self.epoch = epoch
  }

  /// The identity of the next event. The spool may report a loss before `begin`, while it is opened.
  func nameEvent(epoch: UInt32) -> Identity {
    self.epoch = epoch
    return identity(Event.stream)
  }

  /// Takes back the last `count` event identities, which were not used.
  func unnameEvents(_ count: Int) {
    sequences[Event.stream] = (sequences[Event.stream] ?? 0) - min(UInt64(count), sequences[Event.stream] ?? 0)
  }

  /// `drifted` is called when sensors or the disk have begun or ceased to work, so that the published state is out of
  /// date.
  func onStateDrift(_ drifted: @escaping @Sendable () -> Void) { stateDrifted = drifted }

  /// Forgets faults whose end nobody will report.
  func forgetFaults(of sensors: some Sequence<String>) {
    faults.subtract(sensors)
    stateDrifted()
  }

  func heard(_ notice: SpoolNotice) {
    switch notice {
    case .degradedBegan, .degradedEnded: stateDrifted()
    default: break
    }
  }

  func record(_ observation: Station.Observation) {
    switch observation {
    case .sampled(let sensor, let sample, let time):
      record(sample, of: sensor, at: time)
    case .changed(let sensor, .faultBegan(let error), let time):
      faults.insert(sensor)
      stateDrifted()
      record(.sensorFault, at: time, sensor: sensor, detail: "\(error)")
    case .changed(let sensor, .faultEnded(let failures, let lasted), let time):
      deadBands[sensor]?.forget()
      faults.remove(sensor)
      stateDrifted()
      let detail = "\(counted(failures, "attempt")) failed in \(brief(lasted))"
      record(.sensorRecovered, at: time, sensor: sensor, detail: detail)
    case .powerCycled: break
    case .busChanged(let bus, .stuck(let failures, _), let time):
      let detail = "\(bus): \(counted(failures, "transfer")) in a row did not end: a line may be held low"
      record(.busFault, at: time, sensor: nil, detail: detail)
    case .busChanged(let bus, .freed(let duration), let time):
      record(.busRecovered, at: time, sensor: nil, detail: "\(bus): answers again after \(brief(duration))")
    }
  }

  func record(_ kind: Event.Kind, at time: Stamp, sensor: String?, detail: String) {
    reportRefused(at: time)
    let event = Event(identity: identity(Event.stream), time: time, kind: kind, sensor: sensor, detail: detail)
    append(.event(event))
  }

  func record(_ change: AlarmTracker.Change, at time: Stamp, detail: String) {
    reportRefused(at: time)
    let event = Event(
      identity: identity(Event.stream), time: time, raised: change.isRaised, change.alarm, detail: detail)
    append(.event(event), critical: true)
  }

  /// A sample that changes an alarm is published whatever the dead band says: it is the evidence, and goes to the disk with
  /// the event.
  private func record(_ sample: Sample, of sensor: String, at time: Stamp) {
    let changes = alarms?.tracker.sampled(sensor, sample, at: time) ?? []
    defer { settle(changes, at: time) }
    if !changes.isEmpty { deadBands[sensor]?.forget() }
    // Silence is counted from the arrival, not the measurement: an unchanged value is republished from time to time,
    // however old it is.
    guard deadBands[sensor]?.admits(sample, at: time.uptime + sample.age) ?? true else { return }
    reportRefused(at: time)
    let reading = Reading(
      identity: identity(sensor), time: time, quantities: sample.quantities, quality: sample.quality)
    // A reading that nobody will receive is no reference for the next ones.
    if !append(.reading(reading)) { deadBands[sensor]?.forget() }
  }

  /// The published state's figures on the buffer, the alarms and the faults.
  func stateReport(at time: Stamp) -> StateReport {
    var report = StateReport()
    report.alarms = raisedAlarms
    report.faults = faults.sorted()
    guard let spool else { return report }
    let (counters, left, store) = spool.assumeIsolated { ($0.counters, $0.timeLeft, $0.storeID) }
    report.epoch = epoch
    report.store = store
    report.taken = counters.ledger.taken
    report.acknowledged = counters.ledger.acknowledged
    report.waiting = counters.ledger.waiting
    report.evicted = counters.ledger.evicted
    report.expired = counters.ledger.expired
    report.lost = counters.ledger.lost
    report.durable = UInt64(counters.durable)
    report.refused = UInt64(counters.refused)
    report.isDegraded = counters.degraded
    report.timeLeft = left
    report.bytesWrittenToday = written.count(counters.bytesWritten, at: time.wall)
    return report
  }

  var totals: Summary.Totals {
    guard let counters = spool?.assumeIsolated({ $0.counters }) else { return Summary.Totals() }
    let ledger = counters.ledger
    return Summary.Totals(
      taken: ledger.taken, delivered: ledger.acknowledged,
      lost: ledger.evicted + ledger.expired + ledger.lost + UInt64(counters.refused), waiting: ledger.waiting,
      bytesWritten: UInt64(counters.bytesWritten))
  }

  /// Call this at least every few minutes: the daily counters roll over here.
  func keepHouse(at time: Stamp) {
    _ = stateReport(at: time)
    spool?.assumeIsolated { $0.confirm() }
    watchLosses(at: time.uptime)
    saveAlarms()
  }

  /// Returns whether the spool has taken the report.
  @discardableResult
  private func append(_ report: Report, critical: Bool = false) -> Bool {
    if keep(report, critical: critical) { return true }
    refused.add(report, .refused)
    return false
  }

  /// Reports refused records as soon as there is room again. This happens before the next report gets its identity, or
  /// a later event would be stored first.
  private func reportRefused(at time: Stamp) {
    guard !refused.isEmpty, spool?.assumeIsolated({ $0.hasRoom(for: Spool.maximumReportSize) }) == true else { return }
    let gaps = refused.gaps(at: time, limit: Spool.maximumReportSize) { identity(Event.stream) }
    refused = GapSummary()
    for gap in gaps where !keep(.gap(gap), critical: true) { refused.add(.gap(gap), .refused) }
  }

  /// Call this before the spool closes: what was refused is only known here, and there may still be no room.
  func settleRefused(at time: Stamp) {
    guard !refused.isEmpty else { return }
    let gaps = refused.gaps(at: time, limit: Spool.maximumReportSize) { identity(Event.stream) }
    refused = GapSummary()
    for gap in gaps { spool?.assumeIsolated { $0.keepReport(ReportCoder.encode(.gap(gap))) } }
  }

  /// Events and gaps overtake waiting readings.
  private func keep(_ report: Report, critical: Bool) -> Bool {
    let isReading = if case .reading = report { true } else { false }
    let record = ReportCoder.encode(report)
    return spool?.assumeIsolated { $0.append(record, critical: critical, urgent: !isReading) } != nil
  }

  private func identity(_ stream: String) -> Identity {
    let sequence = (sequences[stream] ?? 0) + 1
    sequences[stream] = sequence
    return Identity(sensor: stream, epoch: epoch, sequence: sequence)
  }
}
