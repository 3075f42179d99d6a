import Configuration
import Drivers
import Foundation
import Simulation
import Spool
import Synchronization
import Telemetry
import Testing

@testable import Gateway
@testable import Linux
@testable import Logging

/// A reload while threads are at work.
@Suite("Reloading") struct ReloadTests {
  private let bench: GatewayBench

  init() throws { bench = try GatewayBench() }

  private func mistakes(_ count: Int) -> ConfigurationError {
    let problems = (1...count).map { Problem(line: $0, column: 1, path: "sensors[\($0)].driver", reason: "unknown") }
    return ConfigurationError(file: "devices.yaml", lines: [], problems: problems)
  }

  @Test("Of ten thousand mistakes the log has the first twenty, and how many there are more", arguments: [21, 10_089])
  func many(count: Int) {
    bench.log.write(mistakes(count), as: .reloadMistake, beginning: "reload: ")
    let lines = bench.lines()
    #expect(lines.count == 21, "\(lines.prefix(30))")
    let more = count == 21 ? "1 more mistake" : "\(count - 20) more mistakes"
    let rest = "reload: devices.yaml: and \(more): fieldpost check shows all [reload-mistake]"
    #expect(lines.last?.hasSuffix(rest) == true, "\(lines.last ?? "")")
  }

  @Test("Of mistakes that were not counted to the end the log says so") func uncounted() {
    let error = ConfigurationError(
      file: "devices.yaml", lines: [], problems: mistakes(100).problems, hasMore: true)
    bench.log.write(error, as: .configurationMistake)
    #expect(bench.lines().last?.contains("and at least 80 more mistakes: see fieldpost check") == true)
    #expect(error.count == "more than 100 mistakes")
    #expect(mistakes(1).count == "1 mistake")
  }

  @Test("Twenty mistakes are all told, and nothing else") func few() {
    bench.log.write(mistakes(20), as: .configurationMistake)
    #expect(bench.lines().count == 20)
  }

  /// Files of which one is read for as long as the test likes, and then is not there.
  private final class SlowFiles: Sysfs {
    let began: Gate
    let goOn: Gate

    init(_ began: Gate, _ goOn: Gate) { (self.began, self.goOn) = (began, goOn) }

    func read(_ path: String) throws(BusError) -> [UInt8] {
      began.open()
      _ = goOn.wait()
      goOn.open()
      // Not an absence, which is not told while a board starts.
      throw BusError(.failed, "read \(path)", code: EIO)
    }
    func entries(of directory: String) throws(BusError) -> [String] { [] }
    func target(ofLink path: String) throws(BusError) -> String { path }
    func write(_ bytes: [UInt8], to path: String) throws(BusError) {}
    func times(of path: String) throws(BusError) -> FileTimes {
      FileTimes(written: WallTime(nanoseconds: 0), now: WallTime(nanoseconds: 0))
    }
    var now: Uptime { SystemClock.uptime() }
  }

  @Test("A station in the middle of a tick, which a reload takes a sensor from, does not speak for it any more")
  func lostSensor() throws {
    let before = try bench.settings("  - {id: a, driver: file, path: /run/slow}")
    let after = try bench.settings("  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}")
    let (began, goOn, isOver) = (Gate(), Gate(), Gate())
    let simulated = Board.simulated(after)
    let board = Board(
      i2c: simulated.i2c, sysfs: { SlowFiles(began, goOn) }, gpio: simulated.gpio, adapters: { [] }, gpioChips: { [] })
    let loop = EventLoop(name: "main")
    let gateway = Gateway(
      before, from: .init(load: { after }, board: { _ in board }),
      on: .linux(log: bench.log, manager: ServiceManager()), loop: loop
    ) { _ in isOver.open() }
    loop.start()
    gateway.post { $0.start() }
    try #require(began.wait())
    // Behind the tick that hangs, and before the end of its station.
    let tickIsOver = Gate()
    onMain(gateway) { gateway in gateway.crews[0].station.post { _ in tickIsOver.open() } }
    onMain(gateway) { $0.reload() }
    goOn.open()
    try #require(tickIsOver.wait())
    // The station's words are now with the recorder, and with the main loop behind it.
    let isRecorded = Gate()
    onMain(gateway) { $0.recorder.post { _ in isRecorded.open() } }
    try #require(isRecorded.wait())
    let faulty = Mutex<Set<String>?>(nil)
    onMain(gateway) { gateway in faulty.withLock { $0 = gateway.condition.faulty } }
    #expect(faulty.withLock { $0 } == [])
    #expect(!bench.lines().contains { $0.contains("[sensor-fault]") }, "\(bench.lines())")
    onMain(gateway) { $0.stop(because: "the test is over") }
    #expect(isOver.wait())
    loop.stop()
  }

  /// Does something on the main loop, and waits until it is done.
  private func onMain(_ gateway: Gateway, _ work: @escaping @Sendable (isolated Gateway) -> Void) {
    let done = Gate()
    gateway.post { gateway in
      work(gateway)
      done.open()
    }
    #expect(done.wait())
  }
}
