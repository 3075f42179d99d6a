import Messages
import Telemetry

/// What the published state says of the buffer, as far as it has to be put right: for a host that comes later it is the
/// present.
struct PublishedFigures: Sendable {
  /// Between two states that are published because something comes and goes.
  private static let rest = Duration.seconds(5)
  /// So many records wait at any moment: they are no backlog.
  private static let few: UInt64 = 5

  private var waiting: UInt64 = 0
  private var at: Uptime?
  private var isFirst = true
  private var isRefreshing = false

  mutating func connected() { (waiting, isFirst, isRefreshing) = (0, true, false) }

  /// What a refreshed state says is so, and stays so: the broker may not take it.
  mutating func stated(_ report: StateReport, at now: Uptime) {
    (waiting, at) = (isRefreshing ? 0 : report.waiting, now)
    isRefreshing = false
  }

  /// Whether they say that something waits, now that nothing does. After the first time on a connection a few do not
  /// count: a reading waits for a moment again and again.
  func areOld(window: Int) -> Bool { waiting > (isFirst ? Self.few : UInt64(window)) }

  /// The next state is on its way.
  mutating func refreshed() { (waiting, isFirst, isRefreshing) = (0, false, true) }

  func mayRepeat(at now: Uptime) -> Uptime { max(now, (at ?? now) + Self.rest) }
}
