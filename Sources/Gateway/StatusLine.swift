import Telemetry

/// The daemon's condition, for the status line of `systemctl status`.
struct StatusLine: Sendable {
  var sensors = 0
  var faulty: Set<String> = []
  var isConnected = false
  /// The present devices.yaml was refused and is not in use.
  var isReloadRefused = false

  /// `7 sensors, 1 faulty (freezer-1); connected`.
  var summary: String {
    let faults = faulty.isEmpty ? "none faulty" : "\(faulty.count) faulty (\(faulty.sorted().joined(separator: ", ")))"
    let refused = isReloadRefused ? "; the new devices.yaml was refused" : ""
    return "\(counted(sensors, "sensor")), \(faults); \(isConnected ? "connected" : "not connected")\(refused)"
  }
}
