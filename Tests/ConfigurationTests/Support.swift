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

/// The example at the top of the project.
let example: [UInt8] = {
  let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return (try? Data(contentsOf: top.appendingPathComponent("devices.yaml"))).map(Array.init) ?? []
}()

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
