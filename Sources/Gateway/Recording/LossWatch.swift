import Telemetry

/// Whether readings are being lost now. Earlier losses are part of the totals, and do not make the gateway degraded.
struct LossWatch: Sendable {
  /// A loss older than this is history.
  static let memory = Duration.seconds(3_600)

  private var total: UInt64 = 0
  private var lastAt: Uptime?

  /// `total`: all losses since the start. Call this often enough: a loss is dated when it is noticed.
  mutating func look(_ total: UInt64, at now: Uptime) {
    if total > self.total { lastAt = now }
    self.total = total
  }

  func isLosing(at now: Uptime) -> Bool { lastAt.map { now - $0 < Self.memory } ?? false }
}
