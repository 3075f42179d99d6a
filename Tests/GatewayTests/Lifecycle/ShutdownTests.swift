import Testing

@testable import Gateway

/// The end: the stations, then the uplink, then the buffer, whatever comes late.
@Suite("The order of the end") struct ShutdownTests {
  /// Out of the macros, which do not take what changes a value.
  private final class Bench {
    var shutdown = Shutdown()

    func begin(_ stations: Int, hasUplink: Bool = true) -> Shutdown.Step? {
      shutdown.begin(.stopped, stations: stations, hasUplink: hasUplink)
    }
    func stationStopped() -> Shutdown.Step? { shutdown.stationStopped() }
    func stationsAreLate() -> Shutdown.Step? { shutdown.stationsAreLate() }
    func uplinkFinished() -> Shutdown.Step? { shutdown.uplinkFinished() }
    func uplinkIsLate() -> Shutdown.Step? { shutdown.uplinkIsLate() }
  }

  private let bench = Bench()

  @Test("The uplink is stopped when the last station has stopped, and the buffer closes behind the uplink")
  func usual() {
    #expect(bench.begin(2) == nil)
    #expect(bench.stationStopped() == nil)
    #expect(bench.stationStopped() == .stopUplink)
    #expect(bench.stationsAreLate() == nil)
    #expect(bench.uplinkFinished() == .closeSpool)
    #expect(bench.uplinkIsLate() == nil)
  }

  @Test("An uplink that a reload has sent away is gone while a station takes its last sample: the buffer waits for it")
  func duringReload() {
    #expect(bench.begin(1) == nil)
    #expect(bench.uplinkFinished() == nil)
    #expect(bench.stationStopped() == .closeSpool)
    #expect(bench.uplinkIsLate() == nil)
  }

  @Test("The same with a station that hangs: the buffer closes when it has been waited for long enough")
  func duringReloadLate() {
    #expect(bench.begin(1) == nil)
    #expect(bench.uplinkFinished() == nil)
    #expect(bench.stationsAreLate() == .closeSpool)
    #expect(bench.stationStopped() == nil)
  }

  @Test("Nobody is waited for beyond a limit")
  func late() {
    #expect(bench.begin(1) == nil)
    #expect(bench.stationsAreLate() == .stopUplink)
    #expect(bench.uplinkIsLate() == .closeSpool)
    #expect(bench.uplinkFinished() == nil)
  }

  @Test("Before stations and uplink are there the buffer closes at once")
  func early() {
    #expect(bench.begin(0, hasUplink: false) == .closeSpool)
  }
}
