import Logging

/// The explanation of a message of the log for a person.
package struct LogNote: Sendable {
  /// The event that the message reports.
  package let meaning: String
  /// The advice to a person.
  package let advice: String

  init(_ meaning: String, _ advice: String) {
    self.meaning = meaning
    self.advice = advice
  }
}

extension LogMessage {
  /// A `switch`, so that a message without a note does not compile.
  package var note: LogNote {
    switch self {
    case .started: .started
    case .stopping: .stopping
    case .stoppingTooLong: .stoppingTooLong
    case .cannotStart: .cannotStart
    case .configurationMistake: .configurationMistake
    case .notStarting: .notStarting
    case .clockDoubted: .clockDoubted
    case .reloaded: .reloaded
    case .reloadMistake: .reloadMistake
    case .reloadRefused: .reloadRefused
    case .summary: .summary
    case .threadSilent: .threadSilent
    case .threadBack: .threadBack
    case .statusUnanswered: .statusUnanswered
    case .metricsFailed: .metricsFailed
    case .logFileFailed: .logFileFailed
    case .logFileBack: .logFileBack
    case .linesLost: .linesLost
    case .sensorFault: .sensorFault
    case .sensorRecovered: .sensorRecovered
    case .alertLineFailed: .alertLineFailed
    case .alertLineBack: .alertLineBack
    case .busStuck: .busStuck
    case .busFreed: .busFreed
    case .powerCycled: .powerCycled
    case .powerFailed: .powerFailed
    case .alarmRaised: .alarmRaised
    case .alarmCleared: .alarmCleared
    case .alarmsFile: .alarmsFile
    case .connecting: .connecting
    case .connected: .connected
    case .notAcknowledged: .notAcknowledged
    case .stateNotKept: .stateNotKept
    case .cannotConnect: .cannotConnect
    case .connectionLost: .connectionLost
    case .nextAttempt: .nextAttempt
    case .postponed: .postponed
    case .denied: .denied
    case .stateRefused: .stateRefused
    case .suspicious: .suspicious
    case .breaksOff: .breaksOff
    case .greetingBreaksOff: .greetingBreaksOff
    case .noAcknowledgements: .noAcknowledgements
    case .unanswered: .unanswered
    case .greetingUnanswered: .greetingUnanswered
    case .flapping: .flapping
    case .adapted: .adapted
    case .unprepared: .unprepared
    case .blocked: .blocked
    case .unblocked: .unblocked
    case .rejected: .rejected
    case .gapRefused: .gapRefused
    case .deadLetterFailed: .deadLetterFailed
    case .nameNotVerified: .nameNotVerified
    case .passwordInClear: .passwordInClear
    case .gatheredOnDisk: .gatheredOnDisk
    case .noLinkWatch: .noLinkWatch
    case .unreadableRecord: .unreadableRecord
    case .spoolRefused: .spoolRefused
    case .otherDevice: .otherDevice
    case .deviceChanged: .deviceChanged
    case .deviceUnknown: .deviceUnknown
    case .spoolOpened: .spoolOpened
    case .spoolNew: .spoolNew
    case .spoolLost: .spoolLost
    case .spoolSlot: .spoolSlot
    case .spoolExpired: .spoolExpired
    case .spoolEvicted: .spoolEvicted
    case .spoolRefusing: .spoolRefusing
    case .spoolAccepting: .spoolAccepting
    case .diskFailed: .diskFailed
    case .diskStillFailed: .diskStillFailed
    case .diskRecovered: .diskRecovered
    case .diskAppeared: .diskAppeared
    case .memoryFull: .memoryFull
    case .leftInMemory: .leftInMemory
    case .recordTooLong: .recordTooLong
    case .commandsReady: .commandsReady
    case .commandsDenied: .commandsDenied
    case .commandTaken: .commandTaken
    case .settingCommanded: .settingCommanded
    case .commandRefused: .commandRefused
    case .commandIgnored: .commandIgnored
    case .answerLost: .answerLost
    }
  }
}
