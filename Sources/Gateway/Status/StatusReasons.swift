import Telemetry
import Uplink

/// Reasons for a degraded gateway.
extension StatusReport {
  /// One line each; none: the gateway is healthy. Alarms are not among them: the gateway does its work when it raises
  /// them.
  var reasons: [String] {
    reloadReasons + buses.compactMap(reason) + sensors.compactMap(reason) + uplinkReasons + spoolReasons
  }

  private var reloadReasons: [String] {
    guard let refusal else { return [] }
    let since = "refused \(brief(now.uptime - refusal.since.uptime)) ago"
    return switch refusal.cause {
    case .mistakes(let count):
      ["devices.yaml: \(since), \(counted(count, "mistake")): the daemon would not start with it: fieldpost check"]
    case .needsRestart(let keys): ["devices.yaml: \(since): only a restart can change \(keys)"]
    }
  }

  private func reason(_ bus: BusStatus) -> String? {
    switch bus.state {
    case .healthy: nil
    case .stuck(let since): "\(bus.name): stuck for \(brief(now.uptime - since.uptime)): something holds a line low"
    case .notAnswering(let sensor, let duration): "\(bus.name): not answering: reading \(sensor) for \(brief(duration))"
    }
  }

  private func reason(_ sensor: SensorStatus) -> String? {
    guard case .fault(let text, let since) = sensor.state else { return nil }
    return "\(sensor.settings.id): cannot be read for \(brief(now.uptime - since.uptime)): \(text)"
  }

  private var uplinkReasons: [String] {
    let flaps = uplink.flaps(at: now.uptime).map { connections, within in
      "uplink: " + flappingWords(connections, within: within, clientID: settings.uplink.clientID)
    }
    return connectionReasons + [flaps].compactMap { $0 }
  }

  private var connectionReasons: [String] {
    guard uplink.isConnected else {
      let cause = uplink.lastError.map { ": \($0.text)" } ?? ""
      return ["uplink: not connected to \(brokerName) for \(brief(now.uptime - uplink.since.uptime))\(cause)"]
    }
    if let (why, since) = uplink.blocked {
      return ["uplink: \(brokerName) has taken nothing for \(brief(now.uptime - since.uptime)): \(why)"]
    }
    guard let figures = answers.uplink else { return ["uplink: its thread does not answer"] }
    guard figures.held.isEmpty else {
      return ["uplink: the broker does not take messages of \(figures.held.joined(separator: ", ")): they are kept"]
    }
    return standstill(figures).map { [$0] } ?? []
  }

  /// The reason if there is a connection, but nothing gets through.
  private func standstill(_ figures: UplinkFigures) -> String? {
    guard figures.lacksProgress > settings.uplink.acknowledgeTimeout, answers.spool?.report.waiting != 0 else {
      return nil
    }
    let waiting =
      answers.spool.map { counted(Int(clamping: $0.report.waiting), "record") + " waiting" } ?? "records waiting"
    return "uplink: connected to \(brokerName), which has acknowledged nothing for \(brief(figures.lacksProgress)), "
      + "with \(waiting): see the broker, and whether the way to it takes large packets (MTU)"
  }

  private var spoolReasons: [String] {
    guard let spool = answers.spool else { return ["spool: its thread does not answer"] }
    var reasons: [String] = []
    if spool.report.isDegraded { reasons.append("spool: the disk cannot be written: readings are in memory only") }
    if spool.isLosing {
      let lost = spool.sinceStart
      let parts = [
        ("evicted", lost.evicted), ("expired", lost.expired), ("lost", lost.lost), ("refused", lost.refused),
      ]
      let text = parts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
      reasons.append("spool: records were given up within the last hour; since the start: \(text)")
    }
    return reasons
  }
}
