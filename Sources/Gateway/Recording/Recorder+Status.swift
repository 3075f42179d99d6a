import Messages
import Spool
import Telemetry

/// Figures that only the spool's thread knows.
struct SpoolFigures: Sendable {
  var report = StateReport()
  /// When the oldest waiting record was taken; nil: none is waiting, or it could not be read at once.
  var oldest: Stamp?
  /// Counts since the daemon's start.
  var sinceStart = SpoolCounters()
  var isLosing = false
}

extension Recorder {
  func figures(at now: Stamp) -> SpoolFigures {
    var figures = SpoolFigures(report: stateReport(at: now))
    guard let spool else { return figures }
    figures.sinceStart = spool.assumeIsolated { $0.counters }
    figures.oldest = oldestWaiting(spool)
    watchLosses(at: now.uptime)
    figures.isLosing = losses.isLosing(at: now.uptime)
    return figures
  }

  /// Reads the record once, however often it is asked for.
  private func oldestWaiting(_ spool: Spool) -> Stamp? {
    let number = spool.assumeIsolated { $0.oldestNumber }
    if oldest?.number != number || number == nil {
      let bytes = number.flatMap { _ in spool.assumeIsolated { $0.oldestWaiting() } }
      let report = bytes.flatMap { try? ReportCoder.decode($0) }
      oldest = number.flatMap { number in report.map { (number, $0.time) } }
    }
    return oldest?.time
  }

  /// Call this about once a minute.
  func watchLosses(at now: Uptime) {
    guard let counters = spool?.assumeIsolated({ $0.counters }) else { return }
    losses.look(UInt64(counters.evicted + counters.expired + counters.lost + counters.refused), at: now)
  }
}
