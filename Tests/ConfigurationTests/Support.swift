import Foundation
import Testing

@testable import Configuration

/// The shortest configuration, with pieces put in where a test wants them.
func minimal(
  uplink: String = "", buffer: String = "", sensors: String = "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}"
)
  -> String
{
  """
  device: {id: d}
  uplink:
    broker: mqtt://h
  \(uplink.isEmpty ? "" : uplink + "\n")\(buffer.isEmpty ? "" : buffer + "\n")sensors:
  \(sensors)
  """
}

func load(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationError) -> Settings {
  try ConfigurationLoader.load(Array(text.utf8), file: "f.yaml", environment: { environment[$0] })
}

/// Everything that is wrong with a text; nil when nothing is.
func refusal(_ text: String, _ environment: [String: String] = [:]) -> ConfigurationError? {
  do throws(ConfigurationError) {
    _ = try load(text, environment)
    return nil
  } catch {
    return error
  }
}

/// The problems as `line:column path: reason`.
func problems(_ text: String, _ environment: [String: String] = [:]) -> [String] {
  refusal(text, environment)?.problems.map { "\($0.line):\($0.column) \($0.path): \($0.reason)" } ?? []
}

/// A directory for one test.
final class Folder {
  let path = NSTemporaryDirectory() + "fieldpost-configuration-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try #require(chmod(file, mode) == 0)
    return file
  }
}

/// A file of the project, by its path from the top.
func projectFile(_ path: String) -> [UInt8] {
  let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return (try? Data(contentsOf: top.appendingPathComponent(path))).map(Array.init) ?? []
}

/// The example at the top of the project.
let example = projectFile("devices.yaml")
