import Drivers
import Sampling
import Simulation
import Spool
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// From observations to records, with a real spool on a disk in memory.
@Suite struct RecorderTests {
  private let loop = ManualLoop()
  private let disk = Unshared(MemoryDisk(slotsPerSegment: 8))
  private let clock = Unshared(
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 1_800_000_000_000_000_000),
      synced: true))

  /// Touched only while the loop is turned, by one thread.
  private final class Unshared<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  private func begin(
    _ options: SpoolOptions, maximumAge: Duration? = nil, deadBands: [String: DeadBand.Rules] = [:]
  ) throws -> (Recorder, Spool) {
    let recorder = Recorder(loop: loop, deadBands: deadBands)
    var options = options
    options.firstEpoch = 1
    let spool = Spool(
      store: { [disk] in disk.value }, options: options,
      lossReporter: { [clock] in
        GapReporter(maximumAge: maximumAge, clock: { clock.value }) { epoch in
          recorder.assumeIsolated { $0.nameEvent(epoch: epoch) }
        } unname: { count in
          recorder.assumeIsolated { $0.unnameEvents(count) }
        }
      }, loop: loop, notice: { _ in })
    let epoch = try spool.assumeIsolated { try $0.open() }
    recorder.assumeIsolated { $0.begin(spool, epoch: epoch) }
    return (recorder, spool)
  }

  private func small(_ whenFull: SpoolOptions.WhenFull) -> SpoolOptions {
    var options = SpoolOptions()
    options.capacity = 3 * 8 * 4_096
    options.whenFull = whenFull
    return options
  }

  private func record(_ count: Int, _ recorder: Recorder) {
    for index in 0..<count {
      let sample = Sample([.temperature(Temperature(millicelsius: 20_000))])
      let sensor = index % 3 == 0 ? "door" : "freezer"
      recorder.assumeIsolated { [clock] in $0.record(.sampled(sensor: sensor, sample, at: clock.value)) }
    }
  }

  /// Everything that waits, by way of the reader.
  private func reports(_ spool: Spool) throws -> [Report] {
    try spool.assumeIsolated { spool in
      var reports: [Report] = []
      while true {
        let records = spool.next(after: nil, limit: 100, anew: true)
        if records.isEmpty { return reports }
        for record in records {
          reports.append(try ReportCoder.decode(record.bytes))
          spool.acknowledge(record.number)
        }
      }
    }
  }

  /// Every number of every sensor from 1 on is there or in a gap that says why.
  private func account(_ reports: [Report], _ reason: Gap.Reason) -> (arrived: Int, missing: UInt64) {
    var next: [String: UInt64] = [:]
    var missing: UInt64 = 0
    let gaps = reports.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
    let spans = gaps.filter { $0.reason == reason }.flatMap(\.spans)
    for span in spans { missing += span.count ?? 0 }
    for report in reports {
      let identity = report.identity
      let expected = next[identity.sensor] ?? 1
      for sequence in expected..<max(identity.sequence, expected) {
        let position = Gap.Position(epoch: identity.epoch, sequence: sequence)
        #expect(spans.contains { $0.stream == identity.sensor && $0.first <= position && position <= $0.last })
      }
      next[identity.sensor] = identity.sequence + 1
    }
    #expect(gaps.allSatisfy { $0.reason == reason })
    return (reports.count, missing)
  }

  @Test("What is evicted is named upstream: every number of every sensor has arrived or is in a gap")
  func evicted() throws {
    let (recorder, spool) = try begin(small(.evictOldest))
    record(4_000, recorder)
    let (arrived, missing) = account(try reports(spool), .evicted)
    let counters = spool.assumeIsolated { $0.counters }
    #expect(missing > 1_000)
    #expect(UInt64(counters.taken) == UInt64(arrived) + UInt64(counters.evicted))
    #expect(missing == UInt64(counters.evicted))
  }

  @Test("The buffer tells of its gaps as it does of events: they go before readings, and wait for no others")
  func urgent() throws {
    let (recorder, spool) = try begin(small(.evictOldest))
    let urgent = Unshared(0)
    spool.assumeIsolated { $0.onUrgentArrival { urgent.value += 1 } }
    record(10, recorder)
    #expect(urgent.value == 0)
    recorder.assumeIsolated { [clock] in $0.record(.started, at: clock.value, sensor: nil, detail: "x") }
    #expect(urgent.value == 1)
    record(4_000, recorder)
    #expect(urgent.value > 1)
  }

  @Test("What is refused is named upstream as soon as there is room")
  func refused() throws {
    let (recorder, spool) = try begin(small(.refuseNewest))
    record(4_000, recorder)
    let before = try reports(spool)
    record(1, recorder)
    let (arrived, missing) = account(before + (try reports(spool)), .refused)
    // 4,001 readings, and one gap or a few.
    #expect(missing > 1_000)
    #expect(UInt64(arrived) + missing - 4_001 < 4)
    #expect(spool.assumeIsolated { $0.counters.refused } == Int(missing))
  }

  @Test("A reading that had to be refused is not what the dead band compares the next ones with")
  func refusedInDeadBand() throws {
    let band = DeadBand.Rules(bands: [.temperature: 500_000], maximumSilence: .seconds(3_600))
    let (recorder, spool) = try begin(small(.refuseNewest), deadBands: ["banded": band])
    func record(_ millicelsius: Int64) {
      let sample = Sample([.temperature(Temperature(millicelsius: millicelsius))])
      recorder.assumeIsolated { [clock] in $0.record(.sampled(sensor: "banded", sample, at: clock.value)) }
    }
    record(5_000)
    self.record(4_000, recorder)
    try #require(spool.assumeIsolated { $0.counters.refused } > 0)
    // Nobody gets this one.
    record(20_000)
    _ = try reports(spool)
    record(20_100)
    let readings = try reports(spool).compactMap { if case .reading(let reading) = $0 { reading } else { nil } }
    let temperature = Quantity.temperature(Temperature(millicelsius: 20_100))
    #expect(readings.contains { $0.identity.sensor == "banded" && $0.quantities == [temperature] }, "\(readings)")
  }

  @Test("The report of what was refused and the event that comes with it are stored in the order of their numbers")
  func refusedThenEvent() throws {
    let (recorder, spool) = try begin(small(.refuseNewest))
    record(4_000, recorder)
    _ = try reports(spool)
    recorder.assumeIsolated { [clock] in $0.record(.started, at: clock.value, sensor: nil, detail: "x") }
    let found = try reports(spool).map(\.identity).filter { $0.sensor == Event.stream }.map(\.sequence)
    #expect(found.count >= 2, "\(found)")
    #expect(found == found.sorted(), "\(found)")
  }

  @Test("Readings older than the limit expire, if both clocks can be trusted; events do not")
  func expired() throws {
    let (recorder, spool) = try begin(SpoolOptions(), maximumAge: .seconds(3_600))
    record(3, recorder)
    recorder.assumeIsolated { [clock] in $0.record(.started, at: clock.value, sensor: nil, detail: "x") }
    let taken = clock.value
    clock.value = Stamp(
      boot: BootID(2), uptime: taken.uptime, wall: WallTime(nanoseconds: taken.wall.nanoseconds + 3_601_000_000_000),
      synced: false)
    record(1, recorder)
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 99).count } == 5)
    clock.value = Stamp(boot: BootID(2), uptime: taken.uptime, wall: clock.value.wall, synced: true)
    let found = try reports(spool)
    let (_, missing) = account(found, .expired)
    #expect(missing == 3)
    #expect(found.count == 3)
  }

  @Test("The state tells the ledger, and it adds up")
  func state() throws {
    let (recorder, spool) = try begin(small(.evictOldest))
    record(4_000, recorder)
    _ = spool.assumeIsolated { $0.next(after: nil, limit: 10) }
    let report = recorder.assumeIsolated { [clock] in $0.stateReport(at: clock.value) }
    #expect(report.taken > 4_000)
    #expect(report.evicted > 1_000)
    #expect(report.epoch == 1)
    #expect(report.bytesWrittenToday > 98_304)
    #expect(
      report.taken == report.acknowledged + report.waiting + report.evicted + report.expired + report.lost)
  }
}
