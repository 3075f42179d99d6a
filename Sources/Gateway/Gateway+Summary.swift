import Telemetry

/// The line that says from time to time how it went.
extension Gateway {
  /// To be called when the spool is open.
  func beginSummaries() {
    guard settings.log.summary != nil else { return }
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    recorder.post { recorder in
      let totals = recorder.totals
      gateway.post { gateway in
        gateway.summary = Summary(totals, at: gateway.loop.now)
        gateway.scheduleSummary()
      }
    }
  }

  private func scheduleSummary() {
    guard let interval = settings.log.summary else { return }
    nextSummary = loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.sumUp() } }
  }

  private func sumUp() {
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    recorder.post { recorder in
      let totals = recorder.totals
      gateway.post { gateway in
        if let line = gateway.summary?.line(totals, at: gateway.loop.now) { gateway.log.say(.summary, line) }
        gateway.scheduleSummary()
      }
    }
  }

  /// The settings of the log have changed.
  func changeLog() {
    if let nextSummary { loop.cancel(nextSummary) }
    (summary, nextSummary) = (nil, nil)
    beginSummaries()
  }
}
