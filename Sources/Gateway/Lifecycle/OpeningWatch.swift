import Telemetry

/// Whether the opening of the buffer goes on. A large one on a slow card takes minutes, and systemd may have patience; one whose
/// disk hangs takes for ever, and a person should know. A value: what has been read goes in, what to do comes out.
struct OpeningWatch: Sendable {
  enum Action: Hashable, Sendable {
    case wait
    /// It goes on: `read` blocks so far.
    case tellProgress(read: Int)
    /// Nothing has been read for `limit`. Told once for each time that it stands still.
    case tellHang
  }

  static let limit = Duration.seconds(20)
  /// How often to look.
  static let pause = Duration.seconds(5)
  /// How long systemd waits from the last progress on: longer than a disk may stand still before it counts as hanging.
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
