import Telemetry

/// Whether readings are being lost. What was lost long ago is told in sums, and is no reason to call the gateway ill.
struct LossWatch: Sendable {
  /// One that is older is history.
  static let memory = Duration.seconds(3_600)

  private var total: UInt64 = 0
  private var lastAt: Uptime?

  /// `total`: of all that was lost since the start. To be called often enough.
  mutating func look(_ total: UInt64, at now: Uptime) {
    if total > self.total { lastAt = now }
    self.total = total
  }

  func isLosing(at now: Uptime) -> Bool { lastAt.map { now - $0 < Self.memory } ?? false }
}
