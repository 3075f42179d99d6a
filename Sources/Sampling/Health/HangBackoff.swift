import Telemetry

/// Back-off after a failure: the longer the failure took, the longer the wait. A sensor that hangs for a second each
/// time takes a fiftieth of its bus's time, and one that fails at once is tried again at once.
struct HangBackoff: Sendable {
  private static let factor: Int64 = 50
  private static let ceiling = Duration.seconds(300)

  private var notBefore: Uptime?

  mutating func failed(after duration: Duration, at now: Uptime) {
    notBefore = now + min(.nanoseconds(duration.nanoseconds * Self.factor), Self.ceiling)
  }

  mutating func end() { notBefore = nil }

  func mayTry(at now: Uptime) -> Bool { notBefore.map { $0 <= now } ?? true }
}
