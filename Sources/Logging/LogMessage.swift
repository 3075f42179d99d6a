import Telemetry

/// Every message of the daemon's log. The names never change; the text of a line may.
package enum LogMessage: String, CaseIterable, Sendable {
  case started
  case stopping
  case stoppingTooLong = "stopping-too-long"
  case cannotStart = "cannot-start"
  case configurationMistake = "configuration-mistake"
  case notStarting = "not-starting"
  case clockDoubted = "clock-doubted"
  case reloaded
  case reloadMistake = "reload-mistake"
  case reloadRefused = "reload-refused"
  case summary
  case threadSilent = "thread-silent"
  case threadBack = "thread-back"
  case statusUnanswered = "status-unanswered"
  case metricsFailed = "metrics-failed"
  case logFileFailed = "log-file-failed"
  case logFileBack = "log-file-back"
  case linesLost = "log-lines-lost"
  case sensorFault = "sensor-fault"
  case sensorRecovered = "sensor-recovered"
  case alertLineFailed = "alert-line-failed"
  case alertLineBack = "alert-line-back"
  case busStuck = "bus-stuck"
  case busFreed = "bus-freed"
  case powerCycled = "power-cycled"
  case powerFailed = "power-failed"
  case alarmRaised = "alarm-raised"
  case alarmCleared = "alarm-cleared"
  case alarmsFile = "alarms-file"
  case connecting
  case connected
  case notAcknowledged = "not-acknowledged"
  case stateNotKept = "state-not-kept"
  case cannotConnect = "cannot-connect"
  case connectionLost = "connection-lost"
  case nextAttempt = "next-attempt"
  case postponed
  case denied
  case stateRefused = "state-refused"
  case suspicious
  case breaksOff = "breaks-off"
  case greetingBreaksOff = "greeting-breaks-off"
  case noAcknowledgements = "no-acknowledgements"
  case unanswered
  case greetingUnanswered = "greeting-unanswered"
  case flapping
  case adapted
  case unprepared
  case blocked
  case unblocked
  case rejected
  case gapRefused = "gap-refused"
  case deadLetterFailed = "dead-letter-failed"
  case nameNotVerified = "name-not-verified"
  case passwordInClear = "password-in-clear"
  case gatheredOnDisk = "gathered-on-disk"
  case noLinkWatch = "no-link-watch"
  case unreadableRecord = "unreadable-record"
  case spoolRefused = "spool-refused"
  case otherDevice = "other-device"
  case deviceChanged = "device-changed"
  case deviceUnknown = "device-unknown"
  case spoolOpened = "spool-opened"
  case spoolNew = "spool-new"
  case spoolLost = "spool-lost"
  case spoolSlot = "spool-slot"
  case spoolExpired = "spool-expired"
  case spoolEvicted = "spool-evicted"
  case spoolRefusing = "spool-refusing"
  case spoolAccepting = "spool-accepting"
  case diskFailed = "disk-failed"
  case diskStillFailed = "disk-still-failed"
  case diskRecovered = "disk-recovered"
  case diskAppeared = "disk-appeared"
  case memoryFull = "memory-full"
  case leftInMemory = "left-in-memory"
  case recordTooLong = "record-too-long"
  case commandsReady = "commands-ready"
  case commandsDenied = "commands-denied"
  case commandTaken = "command-taken"
  case settingCommanded = "setting-commanded"
  case commandRefused = "command-refused"
  case commandIgnored = "command-ignored"
  case answerLost = "answer-lost"
}

extension LogMessage {
  /// The level goes by the consequence: see `LogLevel`.
  package var level: LogLevel {
    switch self {
    case .nextAttempt: .debug
    case .summary, .connecting, .noLinkWatch, .deviceChanged, .spoolOpened, .commandsReady, .commandTaken: .info
    case .started, .stopping, .reloaded, .threadBack, .logFileBack, .sensorRecovered, .alertLineBack, .busFreed,
      .powerCycled, .alarmCleared, .connected, .stateNotKept, .unblocked, .spoolNew, .spoolAccepting,
      .diskRecovered, .diskAppeared, .settingCommanded:
      .notice
    case .clockDoubted, .statusUnanswered, .metricsFailed, .logFileFailed, .linesLost, .sensorFault, .alertLineFailed,
      .alarmRaised, .notAcknowledged, .cannotConnect, .connectionLost, .postponed, .stateRefused, .suspicious,
      .noAcknowledgements, .flapping, .adapted, .unprepared, .blocked, .nameNotVerified, .passwordInClear,
      .gatheredOnDisk, .deviceUnknown, .spoolSlot, .spoolExpired, .commandRefused, .commandIgnored, .answerLost:
      .warning
    case .stoppingTooLong, .cannotStart, .configurationMistake, .notStarting, .reloadMistake, .reloadRefused,
      .threadSilent, .busStuck, .powerFailed, .alarmsFile, .denied, .breaksOff, .greetingBreaksOff, .unanswered,
      .greetingUnanswered, .rejected, .gapRefused, .deadLetterFailed, .unreadableRecord, .spoolRefused,
      .otherDevice, .spoolLost, .spoolEvicted, .spoolRefusing, .diskFailed, .diskStillFailed, .memoryFull,
      .leftInMemory, .recordTooLong, .commandsDenied:
      .error
    }
  }
}

extension Log {
  /// Writes this message with this text.
  package func say(_ message: LogMessage, _ text: String, _ fields: [LogEntry.Field: String] = [:]) {
    write(LogEntry(message.level, id: message.rawValue, text, fields))
  }
}
