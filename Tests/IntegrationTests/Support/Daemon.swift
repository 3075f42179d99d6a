import Foundation

/// The real fieldpostd.
enum Daemon {
  /// Its socket for `fieldpost status` is in the workplace too.
  static func start(
    _ workplace: Workplace, configuration: String, options: [String] = [], environment: [String: String] = [:]
  ) throws -> Program {
    let file = try workplace.write(configuration, to: "devices.yaml")
    let place = ["RUNTIME_DIRECTORY": workplace.directory]
    return try Program(
      programs + "/fieldpostd", options + [file], environment: place.merging(environment) { $1 })
  }

  /// A configuration with `sensors` as given and everything else as a test wants it.
  static func configuration(
    _ workplace: Workplace, broker: String, uplink: String = "", buffer: String = "", sensors: String
  ) -> String {
    """
    device:
      id: testbench
    uplink:
      broker: \(broker)
    \(uplink)
    buffer:
      directory: \(workplace.path("spool"))
    \(buffer)
    sensors:
    \(sensors)
    """
  }

  /// Two simulated TMP102, once a second.
  static let twoSensors = """
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s}
      - {id: b, driver: tmp102, bus: i2c-1, address: 0x49, every: 1s}
    """
}
