import Configuration
import Drivers
import Foundation
import Synchronization
import Telemetry

@testable import Gateway
@testable import Linux
@testable import Logging

/// A whole gateway without a process: its settings, its folder, and its log in a file.
final class GatewayBench: Sendable {
  let folder = FileManager.default.temporaryDirectory.path + "/fieldpost-gateway-\(UUID().uuidString)"
  let log = Log(style: .plain, least: .debug, journal: "/nowhere")

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    log.file = LogFile(LineFile(path: folder + "/log", limit: 1 << 22, keep: 1, mode: 0o600)) { _, _ in }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func settings(_ sensors: String, uplink: String = "") throws -> Settings {
    let text = """
      device: {id: box}
      uplink: {broker: "mqtt://127.0.0.1:1"\(uplink.isEmpty ? "" : ", " + uplink)}
      buffer: {directory: \(folder)/spool}
      status: {socket: \(folder)/status}
      sensors:
      \(sensors)
      """
    return try ConfigurationLoader.load(Array(text.utf8), file: "devices.yaml", environment: { _ in nil })
  }

  /// The lines of the log so far, without their times.
  func lines() -> [String] {
    log.finish()
    let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { String($0.split(separator: " ", maxSplits: 1).last ?? "") }
  }
}

/// Something that a test waits for.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  func open() { semaphore.signal() }
  /// The limit is for giving up, not for measuring.
  func wait() -> Bool { semaphore.wait(timeout: .now() + 60) == .success }
}
