import Configuration
import Drivers
import Foundation
import Sampling
import Simulation
import Telemetry
import Testing
import Uplink

@testable import Gateway
@testable import Sampling

/// A sensor as it stands in the file, what is wired to the board, and what has to be published.
struct ConfigurationRow: Sendable, CustomTestStringConvertible {
  let driver: String
  /// The one that the row is about; nil: the driver with no more than it needs.
  let option: String?
  /// The keys in the file beside id and driver.
  let keys: String
  let world: ConfigurationWorld
  let expected: [String: Double]
  /// Chips are coarser than the values that they are given.
  var tolerance = 0.000_001

  var testDescription: String { "\(driver) \(option ?? "alone"): \(keys)" }

  init(
    _ driver: String, _ option: String?, _ keys: String, _ world: ConfigurationWorld,
    _ expected: [String: Double], within tolerance: Double = 0.000_001
  ) {
    self.driver = driver
    self.option = option
    self.keys = keys
    self.world = world
    self.expected = expected
    self.tolerance = tolerance
  }

  /// The whole way of a value, but for the buffer: file, settings, plan, driver, refinement, message.
  func published() throws -> [String: Double] {
    let text = """
      device: {id: box}
      uplink: {broker: mqtt://broker}
      sensors:
        - {id: a, driver: \(driver), \(keys)}

      """
    let settings = try ConfigurationLoader.load(
      Array(text.utf8), file: "devices.yaml", environment: { _ in nil })
    let time = ManualTime()
    let board = world.board(for: settings.sensors[0], time)
    let plan = try #require(
      StationPlans(board: board, buses: [], oneWire: OneWireMasters(), tell: { _, _ in }).plans(
        for: settings.sensors
      )
      .first)
    let sample = try sample(plan.open().sensors[0], time)
    let now = Stamp(boot: BootID(1), uptime: time.now, wall: WallTime(nanoseconds: 0), synced: true)
    let reading = Reading(
      identity: Identity(sensor: "a", epoch: 1, sequence: 1), time: now,
      quantities: sample.quantities,
      quality: sample.quality)
    let message = try #require(
      UplinkPlan(settings).encoder.message(
        for: [.reading(reading)], clock: ClockCorrection(now: now)))
    let json = try JSONSerialization.jsonObject(with: Data(message.payload)) as? [String: Any]
    #expect(json?["quality"] as? String == "good")
    let quantities = try #require(json?["quantities"] as? [String: [String: Any]])
    return quantities.compactMapValues { $0["value"] as? Double }
  }

  /// The first one that is there. A station tries again too: some chips have none right after their power came on.
  private func sample(_ made: any Sensor, _ time: ManualTime) throws -> Sample {
    var sensor = made
    try sensor.start()
    for _ in 1...2 {
      time.advance(by: .seconds(1))
      if let sample = try? sensor.sample() { return sample }
    }
    time.advance(by: .seconds(1))
    return try sensor.sample()
  }
}
