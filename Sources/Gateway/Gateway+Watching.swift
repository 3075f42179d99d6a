import Linux
import Sampling
import Telemetry
import Uplink

/// The watchdog and the status line.
extension Gateway {
  /// How often, without a watchdog, the log's held-back lines are looked after.
  private static let quietInterval = Duration.seconds(60)

  func keepHouse() {
    log.flush()
    askLoops()
    recorder.post { $0.keepHouse(at: SystemClock.stamp()) }
    let interval = manager.watchdogInterval.map { $0 / 3 } ?? Self.quietInterval
    loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.keepHouse() } }
  }

  /// systemd hears from us only if every thread answered the last question.
  private func askLoops() {
    guard manager.watchdogInterval != nil else { return }
    let asked = [spoolLoop, uplinkLoop] + crews.map(\.loop)
    let (verdict, round) = watchdog.nextRound(asking: asked.map(\.name))
    for asked in asked {
      let name = asked.name
      asked.post { self.post { $0.watchdog.answered(name, round: round) } }
    }
    switch verdict {
    case .alive: manager.petWatchdog()
    case .silent(let names): log.error("no sign of life from the thread \(names.joined(separator: ", "))")
    }
  }

  func sensorChanged(_ sensor: String, _ change: Health.Change) {
    switch change {
    case .faultBegan: condition.faulty.insert(sensor)
    case .faultEnded: condition.faulty.remove(sensor)
    }
    manager.status(condition.summary)
  }

  func uplinkChanged(_ note: CourierNote) {
    switch note {
    case .connected: condition.isConnected = true
    case .couldNotConnect, .lostConnection: condition.isConnected = false
    case .postponed, .denied, .rejected, .stateRefused, .suspicious, .breaksOff, .greetingBreaksOff: break
    }
    manager.status(condition.summary)
  }
}
