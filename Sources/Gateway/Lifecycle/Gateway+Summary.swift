import Configuration
import Telemetry

/// The periodic summary line in the log.
extension Gateway {
  /// Call this when the spool is open.
  func beginSummaries() {
    if settings.log.summary != nil { askForTotals() }
  }

  /// The settings of the log have changed.
  func changeLog(from former: LogSettings) {
    followLog(settings.log, former: former)
    guard settings.log.summary != former.summary else { return }
    if let nextSummary { loop.cancel(nextSummary) }
    (summary, nextSummary) = (nil, nil)
    beginSummaries()
  }

  private func askForTotals() {
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    recorder.post { recorder in
      let totals = recorder.totals
      gateway.post { $0.heard(totals) }
    }
  }

  /// The first counts are the baseline of the first summary.
  private func heard(_ counted: Summary.Totals) {
    guard let interval = settings.log.summary else { return }
    var totals = counted
    totals.bytesLogged = log.file?.written ?? 0
    if let line = summary?.line(totals, at: loop.now) {
      log.say(.summary, line)
    } else {
      summary = Summary(totals, at: loop.now)
    }
    if let nextSummary { loop.cancel(nextSummary) }
    nextSummary = loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.askForTotals() } }
  }
}
