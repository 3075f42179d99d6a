import Telemetry

/// Whether opening the buffer makes progress. A large buffer on a slow card takes minutes, and systemd should wait. On
/// a disk that hangs it takes for ever, and a person should know. A value: the number of accesses goes in, an action
/// comes out.
struct OpeningWatch: Sendable {
  enum Action: Hashable, Sendable {
    case wait
    /// Progress: `read` accesses so far, to blocks and files.
    case tellProgress(read: Int)
    /// No access for `limit`. Returned once for each standstill.
    case tellHang
  }

  static let limit = Duration.seconds(20)
  /// How often to look.
  static let pause = Duration.seconds(5)
  /// How long systemd waits after the last progress. Longer than `limit`, after which a disk counts as hanging.
  static let patience = Duration.seconds(60)

  private var read = 0
  private var movedAt: Uptime
  private var isTold = false

  init(at now: Uptime) { movedAt = now }

  mutating func look(_ read: Int, at now: Uptime) -> Action {
    if read != self.read {
      (self.read, movedAt, isTold) = (read, now, false)
      return .tellProgress(read: read)
    }
    guard now - movedAt >= Self.limit, !isTold else { return .wait }
    isTold = true
    return .tellHang
  }
}
