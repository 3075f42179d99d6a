import Telemetry

/// The end of a story: what must hold when everything works again.
extension World {
  /// A gap that was refused is tried again each quarter of an hour.
  private static let patience = Duration.seconds(6 * 3_600)

  /// Mends everything, waits until nothing waits any more, and audits what the broker has.
  package func conclude() {
    broker.weather = WorldBroker.Weather()
    broker.reach(.up)
    fail(nil)
    setClock(wrongBy: .zero, synced: true)
    reload()
    guard comesToRest() else { return }
    checkStatus()
    drain()
    end(.killed)
    finish()
  }

  private func comesToRest() -> Bool {
    let end = age + Self.patience
    var calm = 0
    while calm < 4, audit.findings.isEmpty, age < end {
      if !isRunning { start() }
      // Something is on its way at most moments, and not always the same.
      var isCalm = false
      for _ in 0..<20 {
        run(for: .milliseconds(3_010))
        isCalm = isCalm || waiting == 0
      }
      calm = isCalm ? calm + 1 : 0
    }
    if calm < 4, audit.findings.isEmpty { find("\(waiting) records still wait after \(brief(Self.patience))") }
    return audit.findings.isEmpty
  }

  private func checkStatus() {
    guard let status = status() else { return find("no status") }
    let reasons = (status["reasons"] as? [String] ?? []).filter { !$0.contains("within the last hour") }
    if !reasons.isEmpty { find("at the end: \(reasons.joined(separator: "; "))") }
    if let stated = audit.stated, !stated.faults.isEmpty { find("the state has faults: \(stated.faults)") }
  }

  /// Until nothing waits at this very moment.
  private func drain() {
    var patience = 600
    while waiting > 0, patience > 0 {
      run(for: .milliseconds(50))
      patience -= 1
    }
  }
}
