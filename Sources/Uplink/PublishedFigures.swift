import Messages
import Telemetry

/// The buffer's figures in the published state, as far as it has to be corrected: a host that subscribes later takes
/// the last state for the present one.
struct PublishedFigures: Sendable {
  /// Shortest interval between two states that are published because of changes that come and go.
  private static let rest = Duration.seconds(5)
  /// This many records wait at any moment: they are not a backlog.
  private static let few: UInt64 = 5

  private var waiting: UInt64 = 0
  private var at: Uptime?
  private var isFirst = true
  private var isRefreshing = false

  mutating func connected() { (waiting, isFirst, isRefreshing) = (0, true, false) }

  /// The figures of a refreshed state count as final, even if records still wait: the broker may not take them.
  mutating func stated(_ report: StateReport, at now: Uptime) {
    (waiting, at) = (isRefreshing ? 0 : report.waiting, now)
    isRefreshing = false
  }

  /// Whether the published figures report waiting records, now that none wait. After the first refresh on a connection,
  /// up to a `window` of records does not count: single readings wait for a moment again and again.
  func areOld(window: Int) -> Bool { waiting > (isFirst ? Self.few : UInt64(window)) }

  /// The next state is about to be published.
  mutating func refreshed() { (waiting, isFirst, isRefreshing) = (0, false, true) }

  func mayRepeat(at now: Uptime) -> Uptime { max(now, (at ?? now) + Self.rest) }
}
