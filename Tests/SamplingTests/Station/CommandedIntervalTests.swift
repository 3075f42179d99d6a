import Drivers
import Simulation
import Telemetry
import TestSupport
import Testing

@testable import Sampling

/// The interval that a command has set, as others see it.
@Suite("A commanded interval") struct CommandedIntervalTests {
  private let loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))
  private let healthBoard = HealthBoard()

  private static func plan(_ sensors: [String]) -> Station.Plan {
    Station.Plan(
      name: "i2c-1", slots: sensors.map { .init(id: $0, interval: .seconds(10)) }, sharesWires: false
    ) { () throws(BusError) in throw BusError(.absent, "open i2c-1") }
  }

  @Test("It is in the logbook until the sensor is set up anew; that of another sensor stays")
  func interval() {
    let stamp = Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
    let clock: @Sendable () -> Stamp = { stamp }
    let station = Station(Self.plan(["a", "b"]), loop: loop, clock: clock, healthBoard: healthBoard) { _ in }
    station.assumeIsolated { station in
      _ = station.setInterval(.seconds(2), of: "a")
      _ = station.setInterval(.seconds(3), of: "b")
    }
    #expect(healthBoard.sensor("a")?.interval == .seconds(2))
    #expect(healthBoard.sensor("b")?.interval == .seconds(3))
    station.assumeIsolated { $0.change(to: Self.plan(["a", "b"]), keeping: ["b"], keepsPower: true) }
    #expect(healthBoard.sensor("a")?.interval == nil)
    #expect(healthBoard.sensor("b")?.interval == .seconds(3))
  }
}
