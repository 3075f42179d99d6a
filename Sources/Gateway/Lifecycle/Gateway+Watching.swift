import Linux
import Logging
import Sampling
import Telemetry
import Uplink

/// The watchdog and the status line.
extension Gateway {
  /// Interval of `keepHouse` without a watchdog: it also writes the log's held-back lines.
  private static let quietInterval = Duration.seconds(60)

  func keepHouse() {
    log.flush()
    askLoops()
    let clock = platform.clock
    recorder.post { $0.keepHouse(at: clock()) }
    let interval = manager.watchdogInterval.map { $0 / 3 } ?? Self.quietInterval
    loop.schedule(at: loop.now + interval) { self.assumeIsolated { $0.keepHouse() } }
  }

  /// systemd is told that all is well only if every thread answered the last question.
  private func askLoops() {
    guard manager.watchdogInterval != nil else { return }
    let asked = [spoolLoop, uplinkLoop] + crews.map(\.loop)
    let (verdict, round) = watchdog.nextRound(asking: asked.map(\.name), at: loop.now)
    for asked in asked {
      let name = asked.name
      asked.post { self.post { $0.watchdog.answered(name, round: round) } }
    }
    if verdict.silent.isEmpty { manager.petWatchdog() }
    for silence in verdict.silent { tell(silence) }
    for silence in verdict.returned {
      log.say(.threadBack, "the thread \(silence.loop) answers again", [.thread: silence.loop])
    }
  }

  private func tell(_ silence: Watchdog.Silence) {
    var fields = [LogEntry.Field.thread: silence.loop]
    let work: String
    switch silence.loop {
    case spoolLoop.name: work = "which writes to \(settings.buffer.directory)"
    case uplinkLoop.name: work = "which speaks to the broker, or looks its name up"
    default:
      fields[.sensor] = status.healthBoard.bus(silence.loop)?.reading?.sensor
      work = fields[.sensor].map { "which is reading \($0)" } ?? "which reads its sensors"
    }
    let lasted = brief(silence.lasted)
    log.say(.threadSilent, "no sign of life for \(lasted) from the thread \(silence.loop), \(work)", fields)
  }

  func sensorChanged(_ sensor: String, _ change: Health.Change) {
    switch change {
    case .faultBegan:
      condition.faulty.insert(sensor)
      summary?.faultBegan()
    case .faultEnded: condition.faulty.remove(sensor)
    }
    manager.status(condition.summary)
  }

  func uplinkChanged(_ note: CourierNote) {
    status.uplink.heard(note, at: platform.clock())
    switch note {
    case .connected:
      condition.isConnected = true
      summary?.connected()
    case .couldNotConnect, .lostConnection: condition.isConnected = false
    case .unacknowledged, .stateNotKept, .postponed, .denied, .rejected, .stateRefused, .suspicious, .breaksOff,
      .greetingBreaksOff,
      .gapRefused, .narrowed, .unanswered, .greetingUnanswered, .flapping, .adapted, .unprepared, .blocked, .unblocked:
      break
    }
    manager.status(condition.summary)
  }

  /// The former uplink has said goodbye, and reports nothing more.
  func uplinkReplaced() {
    status.uplink.replaced(at: platform.clock())
    status.inquiry.forget(.uplink)
    condition.isConnected = false
    manager.status(condition.summary)
  }
}
