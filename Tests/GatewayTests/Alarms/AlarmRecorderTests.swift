import Drivers
import Foundation
import Sampling
import Simulation
import Spool
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Gateway

/// One life of the daemon after the other, on one disk: from samples to the events in the spool.
private final class Lives: @unchecked Sendable {
  // Touched only while the loop is turned, by one thread.
  let folder: AlarmFolder
  let disk = MemoryDisk(slotsPerSegment: 8)
  private(set) var loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))
  private(set) var told: [[String]] = []
  private var recorder: Recorder?
  private var spool: Spool?

  init() throws { folder = try AlarmFolder() }

  private var stamp: Stamp {
    Stamp(
      boot: BootID(1), uptime: loop.now, wall: WallTime(nanoseconds: 1_795_000_000_000_000_000 + loop.now.nanoseconds),
      synced: true)
  }

  /// `cleanly`: the spool writes what it has in memory before the restart.
  func begin(
    _ rules: [String: SensorAlarms], deadBands: [String: DeadBand.Rules] = [:], cleanly: Bool = true
  ) throws {
    if cleanly { spool?.assumeIsolated { $0.close() } }
    loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))
    let recorder = Recorder(loop: loop, deadBands: deadBands)
    // No closure here may retain this object: the folder on the real disk is deleted with it.
    let clock: @Sendable () -> Stamp = { [unowned self] in stamp }
    let spool = Spool(
      store: { [unowned self] in disk }, options: SpoolOptions(),
      lossReporter: {
        GapReporter(maximumAge: nil, clock: clock) { epoch in
          recorder.assumeIsolated { $0.nameEvent(epoch: epoch) }
        } unname: { count in
          recorder.assumeIsolated { $0.unnameEvents(count) }
        }
      }, loop: loop, notice: { _ in })
    let epoch = try spool.assumeIsolated { try $0.open() }
    let plan = AlarmKeeper.Plan(
      rules: rules, words: AlarmText(presentations: [:], rules: rules), file: folder.file, clock: clock,
      tell: { [unowned self] news in told.append(news.map(\.detail)) })
    recorder.assumeIsolated {
      $0.begin(spool, epoch: epoch)
      $0.watch(plan)
    }
    (self.recorder, self.spool) = (recorder, spool)
  }

  func sample(_ milli: Int64, of sensor: String = "cold") {
    let sample = Sample([.temperature(Temperature(millicelsius: milli))])
    let stamp = stamp
    recorder?.assumeIsolated { $0.record(.sampled(sensor: sensor, sample, at: stamp)) }
  }

  func fault() {
    let stamp = stamp
    let error = SensorError.bus(BusError(.noAcknowledge, "read", code: 121))
    recorder?.assumeIsolated {
      $0.record(.changed(sensor: "cold", .faultBegan(error), at: stamp))
      $0.record(.changed(sensor: "cold", .faultEnded(failures: 1, lasted: .seconds(1)), at: stamp))
    }
  }

  /// The end of a life, as the gateway makes it.
  func end() {
    recorder?.assumeIsolated { $0.stopWatching() }
    spool?.assumeIsolated { $0.close() }
  }

  func keepHouse() {
    let stamp = stamp
    recorder?.assumeIsolated { $0.keepHouse(at: stamp) }
  }

  func pass(_ seconds: Int) { loop.advance(by: .seconds(seconds)) }

  var durable: Int { spool?.assumeIsolated { $0.counters.durable } ?? 0 }

  /// The alarms that the state would list.
  var raised: [String] {
    let stamp = stamp
    let report = recorder?.assumeIsolated { $0.stateReport(at: stamp) }
    return report?.alarms.map { "\($0.alarm.name.sensor) \($0.alarm.name.kind.name)" } ?? []
  }

  /// Everything that waits, taken: `+high`, `-high`, the temperature of readings, the name of other events.
  func take() throws -> [String] {
    let reports = try spool?.assumeIsolated { spool in
      let records = spool.next(after: nil, limit: 1_000)
      spool.acknowledge(records.map(\.number))
      return try records.map { try ReportCoder.decode($0.bytes) }
    }
    return (reports ?? []).map { report in
      switch report {
      case .reading(let reading): return "\(reading.quantities[0].micros / 1_000_000)"
      case .event(let event):
        guard let alarm = event.alarm else { return event.kind.name }
        return (event.kind == .alarmRaised ? "+" : "-") + alarm.name.kind.name
      case .gap: return "gap"
      }
    }
  }
}

@Suite("Alarms on their way")
struct AlarmRecorderTests {
  private let rules = [
    "cold": SensorAlarms(
      quantities: [.temperature: AlarmRules(high: -15_000_000, hysteresis: 1_000_000)], stale: .seconds(60))
  ]

  @Test("An alarm goes ahead of readings, once, and the state lists it until it is over")
  func once() throws {
    let lives = try Lives()
    try lives.begin(rules)
    for milli: Int64 in [-20_000, -14_000, -14_000] { lives.sample(milli) }
    #expect(lives.raised == ["cold high"])
    #expect(Set(try lives.take()) == ["-20", "-14", "+high"])
    lives.sample(-18_000)
    #expect(Set(try lives.take()) == ["-high", "-18"])
    #expect(lives.raised == [])
    #expect(
      lives.told == [
        ["high: temperature is -14 °C, above -15 °C"], ["high: temperature is -18 °C, back from the limit -15 °C"],
      ])
  }

  @Test("What alarms left on the real disk is gone when the test is over")
  func leavesNothing() throws {
    let path = try {
      let lives = try Lives()
      try lives.begin(rules)
      lives.sample(-14_000)
      try lives.begin(rules)
      return lives.folder.path
    }()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("An alarm is on the disk at once, so that a power cut cannot take it")
  func critical() throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-20_000)
    #expect(lives.durable == 0)
    lives.sample(-14_000)
    #expect(lives.durable > 0)
    try lives.begin(rules, cleanly: false)
    let found = try lives.take()
    #expect(found.contains("+high"))
    #expect(found.contains("-14"))
  }

  @Test("What was raised and still is, is not raised again after a restart; what is over is cleared once")
  func restart() throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-14_000)
    #expect(try lives.take().contains("+high"))
    try lives.begin(rules)
    #expect(lives.raised == ["cold high"])
    lives.sample(-13_000)
    lives.sample(-12_000)
    #expect(try lives.take() == ["-13", "-12"])
    try lives.begin(rules)
    lives.sample(-18_000)
    lives.sample(-18_000)
    #expect(try lives.take().filter { $0.hasSuffix("high") } == ["-high"])
    try lives.begin(rules)
    lives.sample(-18_000)
    #expect(try lives.take() == ["-18"])
    #expect(lives.raised == [])
  }

  @Test(
    "Without its file, or with a torn one, what is raised is raised again, and what is not is left",
    arguments: [
      nil, Array("fieldpost alarms 1\nhigh".utf8),
    ] as [[UInt8]?])
  func lostFile(_ bytes: [UInt8]?) throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-14_000)
    _ = try lives.take()
    if let bytes {
      try lives.folder.write(bytes)
    } else {
      try FileManager.default.removeItem(atPath: lives.folder.path + "/alarms")
    }
    try lives.begin(rules)
    #expect(lives.raised == [])
    #expect(lives.folder.complained.count == (bytes == nil ? 0 : 1))
    lives.sample(-14_000)
    #expect(try lives.take().contains("+high"))
    #expect(lives.raised == ["cold high"])
  }

  @Test("An alarm that the configuration knows no more is cleared at the start, once")
  func removed() throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-14_000)
    _ = try lives.take()
    try lives.begin([:])
    #expect(try lives.take() == ["-high"])
    #expect(lives.raised == [])
    #expect(lives.told.last == ["high: no longer in the configuration"])
    try lives.begin([:])
    #expect(try lives.take() == [])
  }

  @Test("A silence is noticed by itself, and its end by the next sample")
  func stale() throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-20_000)
    lives.pass(59)
    #expect(lives.raised == [])
    lives.pass(1)
    #expect(lives.raised == ["cold stale"])
    lives.pass(3_600)
    lives.sample(-20_000)
    #expect(try lives.take().filter { $0.hasSuffix("stale") } == ["+stale", "-stale"])
    #expect(
      lives.told == [
        ["stale: no sample for 1 min 0 s; the limit is 1 min 0 s"], ["stale: a sample again after 1 h 1 min"],
      ])
    lives.pass(61)
    #expect(lives.raised == ["cold stale"])
  }

  @Test("What changes after the spool has closed is not noted as told: the next life tells it")
  func closed() throws {
    let lives = try Lives()
    try lives.begin(rules)
    lives.sample(-20_000)
    lives.end()
    lives.pass(60)
    lives.sample(-14_000)
    #expect(lives.folder.names == [])
    try lives.begin(rules)
    lives.sample(-14_000)
    lives.pass(60)
    #expect(try lives.take().filter { $0.hasPrefix("+") } == ["+high", "+stale"])
  }

  @Test("A board with nothing new to say writes no file; each change writes it once")
  func wear() throws {
    let lives = try Lives()
    try lives.begin(rules)
    for _ in 0..<100 { lives.sample(-20_000) }
    lives.keepHouse()
    #expect(lives.folder.names == [])
    lives.sample(-14_000)
    #expect(lives.folder.names == ["alarms"])
    try FileManager.default.removeItem(atPath: lives.folder.path + "/alarms")
    for _ in 0..<100 { lives.sample(-14_000) }
    lives.keepHouse()
    #expect(lives.folder.names == [])
  }

  @Test("A file that cannot be written is told, stops nothing, and is written as soon as it can be")
  func unwritable() throws {
    let lives = try Lives()
    let obstacle = lives.folder.path + "/alarms.new"
    try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
    try lives.begin(rules)
    lives.sample(-14_000)
    #expect(try lives.take().contains("+high"))
    #expect(lives.raised == ["cold high"])
    #expect(lives.folder.complained.count == 1)
    try FileManager.default.removeItem(atPath: obstacle)
    lives.keepHouse()
    #expect(lives.folder.names == ["alarms"])
    try lives.begin(rules)
    #expect(lives.raised == ["cold high"])
  }

  @Test("A dead band leaves readings out without a hole in their numbers, but not the evidence of an alarm")
  func deadBand() throws {
    let lives = try Lives()
    let band = DeadBand.Rules(bands: [.temperature: 2_000_000], maximumSilence: .seconds(600))
    try lives.begin(rules, deadBands: ["cold": band])
    for milli: Int64 in [-16_000, -15_500, -14_900, -14_800, -14_000] { lives.sample(milli) }
    #expect(try lives.take().filter { !$0.hasSuffix("high") } == ["-16", "-14"])
    lives.sample(-14_000, of: "warm")
    lives.sample(-14_000, of: "warm")
    #expect(try lives.take() == ["-14", "-14"])
  }

  @Test("The first reading after a fault is published, whatever the dead band says")
  func deadBandAfterFault() throws {
    let lives = try Lives()
    let band = DeadBand.Rules(bands: [.temperature: 2_000_000], maximumSilence: .seconds(600))
    try lives.begin([:], deadBands: ["cold": band])
    lives.sample(-20_000)
    lives.sample(-20_000)
    lives.fault()
    lives.sample(-20_000)
    #expect(try lives.take().filter { $0 == "-20" }.count == 2)
  }

  @Test("At the start what was raised before is told to whoever keeps the state, without an event")
  func toldAtStart() throws {
    let lives = try Lives()
    try lives.begin(rules)
    #expect(lives.told == [])
    lives.sample(-14_000)
    _ = try lives.take()
    try lives.begin(rules)
    #expect(lives.told.last == [])
    #expect(lives.told.count == 2)
    #expect(try lives.take() == [])
  }
}
