import Configuration
import Foundation
import TestSupport

/// Loads text as the daemon loads the file, with nothing in the environment unless given.
func load(_ text: String, environment: [String: String] = [:]) throws(ConfigurationError) -> Settings {
  try load(bytes: Array(text.utf8), environment: environment)
}

func load(bytes: [UInt8], environment: [String: String] = [:]) throws(ConfigurationError) -> Settings {
  try ConfigurationLoader.load(bytes, file: "devices.yaml", environment: { environment[$0] })
}

/// The mistakes in the text. Nil: there are none.
func failure(_ text: String, environment: [String: String] = [:]) -> ConfigurationError? {
  failure(bytes: Array(text.utf8), environment: environment)
}

func failure(bytes: [UInt8], environment: [String: String] = [:]) -> ConfigurationError? {
  do throws(ConfigurationError) {
    _ = try load(bytes: bytes, environment: environment)
    return nil
  } catch { return error }
}

/// `line:column path: reason` for each problem, to compare a whole list at once.
func mistakes(_ text: String, environment: [String: String] = [:]) -> [String] {
  (failure(text, environment: environment)?.problems ?? []).map {
    "\($0.line):\($0.column) \($0.path): \($0.reason)"
  }
}

/// The reasons alone, where the place is not the matter.
func reasons(_ text: String, environment: [String: String] = [:]) -> [String] {
  (failure(text, environment: environment)?.problems ?? []).map(\.reason)
}

/// A right file of which each test replaces a part.
func file(uplink: [String] = [], buffer: [String] = [], sensor: [String] = [], sensors: String? = nil) -> String {
  var lines = ["device: {id: box}", "uplink:", "  broker: mqtt://broker"]
  lines += uplink.map { "  " + $0 }
  if !buffer.isEmpty { lines += ["buffer:"] + buffer.map { "  " + $0 } }
  lines += ["sensors:"]
  if let sensors { return lines.joined(separator: "\n") + "\n" + sensors }
  lines += ["  - id: a", "    driver: tmp102", "    bus: i2c-1", "    address: 0x48"] + sensor.map { "    " + $0 }
  return lines.joined(separator: "\n") + "\n"
}

func file(broker: String) -> String { file().replacingOccurrences(of: "mqtt://broker", with: broker) }

/// The example that the repository ships.
func exampleFile() throws -> String {
  try String(contentsOfFile: projectFolder + "/devices.yaml", encoding: .utf8)
}

/// A folder that goes away with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/fieldpost-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }
}
