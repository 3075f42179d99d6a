import GatewayWorld
import Testing

/// A whole gateway in a world of its own: what no part can show by itself.
@Suite("The whole gateway") struct WholeGatewayTests {
  private func world(_ sensors: String, uplink: String = "in_flight: 20", scenario: [String: String] = [:]) -> World {
    var script = Scenario()
    script.sensors = scenario
    return World(
      seed: 1, configuration: Self.text(sensors, uplink: uplink), scenario: script, slotsPerSegment: 16, isOrdered: true
    )
  }

  private static func text(_ sensors: String, uplink: String) -> String {
    """
    device: {id: box}
    uplink: {broker: "mqtt://127.0.0.1:1", \(uplink)}
    buffer: {directory: /spool, size: 1MiB}
    status: {socket: /proc/no/socket/can/be/here}
    sensors:
    \(sensors)

    """
  }

  /// An uplink that is being replaced says goodbye at a time of its own. A conversion takes 750 ms of each second, so at
  /// about three of four moments one is under way: its reading must still be taken. The acknowledgements are so late that
  /// the uplink's goodbye comes in the middle of a conversion.
  @Test("A stop during a reload of the uplink waits for the stations")
  func stopDuringReload() {
    let taken = (0..<24).filter { tenths in
      let (before, after) = stop(tenthsAfterReload: tenths)
      return after > before
    }
    #expect(taken.count >= 18, "\(taken)")
  }

  /// The numbers of the last reading at the stop, and after it.
  private func stop(tenthsAfterReload tenths: Int) -> (before: UInt64, after: UInt64) {
    let brine = "  - {id: brine, driver: ds18b20, device: 28-0316a2795bff, every: 1s}"
    let world = world(brine)
    world.start()
    world.run(for: .seconds(20))
    world.broker.weather.latency = .milliseconds(900)
    world.run(for: .seconds(3))
    world.configuration = Self.text(brine, uplink: "in_flight: 19")
    world.reload()
    world.run(for: .milliseconds(100 * tenths))
    let before = world.lastNumber(of: "brine")
    world.stop()
    let after = world.lastNumber(of: "brine")
    world.start()
    world.conclude()
    #expect(world.audit.findings == [])
    #expect(world.audit.messages > 30)
    return (before, after)
  }

  /// The old station is asking the sensor, which does not answer, while a reload moves it to another bus.
  @Test(
    "A sensor that moves to another bus has no fault of its old one", arguments: 0..<20)
  func moved(fifths: Int) {
    let cold = "  - {id: cold, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s}\n"
    let world = world(
      cold + "  - {id: freezer, driver: tmp105, bus: i2c-1, address: 0x49, every: 1s}",
      scenario: ["freezer": "temperature: {constant: -18}, faults: [{kind: stuck, at: 30s, for: 20s}]"])
    world.start()
    world.run(for: .seconds(19) + .milliseconds(200 * fifths))
    world.configuration = Self.text(
      cold + "  - {id: freezer, driver: tmp105, bus: i2c-2, address: 0x49, every: 1s}", uplink: "in_flight: 20")
    world.reload()
    world.run(for: .seconds(60))
    world.conclude()
    #expect(world.audit.findings == [])
  }

  /// Tests/Walk/run has many more, and plants what a walk has to find.
  @Test("A walk finds nothing", arguments: 1...3 as ClosedRange<UInt64>)
  func walk(seed: UInt64) {
    var walk = Walk(seed: seed)
    #expect(walk.run() == [])
  }
}
