import Configuration
import Linux
import Telemetry

/// SIGHUP: the settings are read again. They are applied as a whole or not at all. Parts whose settings have not
/// changed carry on undisturbed.
extension Gateway {
  package func reload() {
    guard !shutdown.hasBegun else { return }
    guard hasBegun else {
      reloadWaits = true
      return
    }
    manager.reloading()
    // Somebody is looking at the log now: repeated messages are shown again.
    log.flush(all: true)
    defer { manager.ready(status: condition.summary) }
    do throws(ConfigurationError) {
      take(try source.load())
    } catch {
      log.write(error, as: .reloadMistake, beginning: "reload: ")
      refuse(.mistakes(error.problems.count))
      log.say(.reloadRefused, "reload: refused, \(error.count); the old settings stay")
    }
  }

  private func refuse(_ cause: ReloadRefusal.Cause) {
    status.refusal = ReloadRefusal(cause: cause, since: platform.clock())
    condition.isReloadRefused = true
  }

  private func take(_ new: Settings) {
    let change = SettingsChange(from: settings, to: new)
    guard change.fixed.isEmpty else {
      let keys = change.fixed.joined(separator: ", ")
      refuse(.needsRestart(keys))
      return log.say(
        .reloadRefused, "reload: refused; only a restart can change \(keys); the old settings stay")
    }
    (status.refusal, condition.isReloadRefused) = (nil, false)
    log.say(.reloaded, "reload: \(change)")
    let (metrics, log) = (settings.status.metrics, settings.log)
    settings = new
    changeSensors(change)
    if change.touchesMetrics { changeMetrics(from: metrics) }
    if change.touchesUplink { replaceUplink() }
    if change.touchesLog { changeLog(from: log) }
  }

  private func changeSensors(_ change: SettingsChange) {
    guard !change.sensors.isEmpty || !change.buses.isEmpty else { return }
    condition.sensors = settings.sensors.count
    let (plan, sensors) = (ValuePlan(settings.sensors), change.sensors)
    withdrawMandates(change)
    // A sensor that moved to another bus starts healthy: its old fault would never be cleared.
    let left = sensorsThatLeaveTheirBus
    // Before any sample with the new settings, and before a fault of these sensors on another bus.
    recorder.post {
      $0.change(to: plan, of: sensors)
      $0.forgetFaults(of: left)
    }
    condition.faulty.subtract(left)
    changeCrews(change)
  }

  /// Sensors that are missing from the new settings, or on another bus there.
  private var sensorsThatLeaveTheirBus: Set<String> {
    let after = Dictionary(settings.sensors.map { ($0.id, $0.busName) }) { first, _ in first }
    return Set(crews.flatMap { crew in crew.sensors.filter { after[$0] != crew.bus } })
  }

  /// The uplink waits for messages in flight, so that nothing arrives twice.
  private func replaceUplink() {
    isReplacingUplink = true
    dispatcher?.post { $0.stop() }
  }
}
