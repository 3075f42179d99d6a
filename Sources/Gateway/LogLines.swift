import Configuration
import Drivers
import Logging
import Sampling
import Spool
import Telemetry
import Uplink

/// The log lines for what the parts report.
extension Log {
  /// How many mistakes of one file are logged: a person fixes the first ones first, and the journal stays readable.
  private static let mistakesAtOnce = 20

  /// A line for each mistake in a configuration.
  package func write(_ error: ConfigurationError, as message: LogMessage, beginning: String = "") {
    for problem in error.problems.prefix(Self.mistakesAtOnce) { say(message, beginning + error.line(of: problem)) }
    let left = error.problems.count - Self.mistakesAtOnce
    if left > 0 {
      let least = error.hasMore ? "at least " : ""
      let rest = error.hasMore ? "see fieldpost check" : "fieldpost check shows all"
      say(message, "\(beginning)\(error.file): and \(least)\(counted(left, "more mistake")): \(rest)")
    }
  }

  func write(_ change: Health.Change, sensor: String) {
    switch change {
    case .faultBegan(let error):
      say(.sensorFault, "\(sensor): cannot be read: \(error)", [.sensor: sensor])
    case .faultEnded(let failures, let lasted):
      let failed = "\(counted(failures, "attempt")) failed in \(brief(lasted))"
      say(.sensorRecovered, "\(sensor): can be read again; \(failed)", [.sensor: sensor])
    }
  }

  func write(_ change: AlarmTracker.Change, detail: String) {
    let sensor = change.alarm.name.sensor
    if change.isRaised {
      say(.alarmRaised, "\(sensor): alarm: \(detail)", [.sensor: sensor])
    } else {
      say(.alarmCleared, "\(sensor): alarm over: \(detail)", [.sensor: sensor])
    }
  }

  func write(_ change: BusHealth.Change, bus: String) {
    switch change {
    case .stuck(let failures, let chips):
      let failed = "\(counted(failures, "transfer")) in a row to \(counted(chips, "chip")) did not end"
      let advice = "something holds a line low: see the wiring, or switch the sensors off and on"
      say(.busStuck, "\(bus): stuck: \(failed); \(advice)", [.bus: bus])
    case .freed(let duration):
      say(.busFreed, "\(bus): answers again after \(brief(duration))", [.bus: bus])
    }
  }

  func writePowerCycle(of bus: String, _ failure: BusError?) {
    if let failure {
      say(.powerFailed, "\(bus): its sensors' power could not be switched: \(failure)", [.bus: bus])
    } else {
      say(.powerCycled, "\(bus): its sensors were switched off and on", [.bus: bus])
    }
  }

  func writeAlertLine(of sensor: String, _ failure: BusError?) {
    if let failure {
      say(
        .alertLineFailed, "\(sensor): its alert line is not available: \(failure); it is read on schedule",
        [.sensor: sensor])
    } else {
      say(.alertLineBack, "\(sensor): its alert line is there now", [.sensor: sensor])
    }
  }

  func write(_ note: CourierNote, of uplink: UplinkSettings) {
    let brokers = uplink.brokers
    func name(_ broker: Int) -> String { brokers[broker % brokers.count].name }
    func about(_ broker: Int) -> [LogEntry.Field: String] { [.broker: name(broker)] }
    switch note {
    case .connected(let broker):
      say(.connected, "uplink: \(name(broker)): connected", about(broker))
    case .unacknowledged(let broker):
      let consequence = "readings count as delivered when they are sent, and a lost connection takes some with it"
      say(.notAcknowledged, "uplink: \(name(broker)): takes QoS 0 only: \(consequence)", about(broker))
    case .stateNotKept(let broker):
      let consequence = "who subscribes later learns the gateway's state when it is next published"
      say(.stateNotKept, "uplink: \(name(broker)): keeps no messages: \(consequence)", about(broker))
    case .couldNotConnect(let cause, let broker, _):
      // Without the wait, which differs each time, the log can count the repeats.
      say(.cannotConnect, "uplink: \(name(broker)): cannot connect: \(cause); readings are kept", about(broker))
    case .lostConnection(let cause, let broker, let inFlight, _):
      let again = inFlight == 0 ? "nothing was on its way" : "\(counted(inFlight, "message")) will be sent again"
      say(.connectionLost, "uplink: \(name(broker)): connection lost: \(cause); \(again)", about(broker))
    case .postponed(let refused, _):
      say(.postponed, "uplink: \(refused); everything waits a little, readings are kept")
    case .denied(let refused, _):
      say(.denied, "uplink: \(refused); its messages are kept and tried again now and then: see the broker's rules")
    case .stateRefused(let refused):
      say(.stateRefused, "uplink: \(refused); it is published again later")
    case .suspicious:
      say(
        .suspicious,
        "uplink: three connections broke off at the same message: now one at a time, to find the cause")
    case .breaksOff(let stream, _):
      say(
        .breaksOff, "uplink: the connection breaks off at a message of \(stream): it is kept and tried again later")
    case .greetingBreaksOff(let wait):
      let without = "they are left out for \(brief(wait))"
      say(.greetingBreaksOff, "uplink: the connection breaks off at our state or subscriptions: \(without)")
    case .narrowed, .unanswered, .greetingUnanswered: writeSilence(note)
    case .flapping(let connections, let within):
      say(.flapping, "uplink: " + flappingWords(connections, within: within, clientID: uplink.clientID))
    case .adapted(let how, let broker):
      say(.adapted, "uplink: \(name(broker)): \(how)", about(broker))
    case .unprepared(let why, let broker):
      say(
        .unprepared, "uplink: \(name(broker)): connected, and cannot publish yet: \(why); readings are kept",
        about(broker))
    case .blocked(let why, let broker):
      say(.blocked, "uplink: \(name(broker)): takes nothing for now: \(why); readings are kept", about(broker))
    case .unblocked(let broker):
      say(.unblocked, "uplink: \(name(broker)): takes messages again", about(broker))
    case .gapRefused(let refused, _):
      say(.gapRefused, "uplink: \(refused), which is a report of a loss: it is kept and tried again now and then")
    case .rejected(let refused):
      say(.rejected, "uplink: \(refused), for good: a dead letter in \(DeadLetters.fileName), and reported as a gap")
    }
    if let wait = note.wait { say(.nextAttempt, "uplink: next attempt in \(brief(wait))") }
  }

  /// Messages that nobody answers.
  private func writeSilence(_ note: CourierNote) {
    switch note {
    case .narrowed:
      say(
        .noAcknowledgements,
        "uplink: two connections in a row ended without an acknowledgement: now one reading at a time, so that "
          + "something passes; does the way to the broker swallow large packets? Try a smaller MTU, or "
          + "sysctl net.ipv4.tcp_mtu_probing=1")
    case .unanswered(let stream, _):
      say(
        .unanswered,
        "uplink: no answer to a message of \(stream), alone on its way: it is kept and tried again later; others go on")
    case .greetingUnanswered(let wait):
      let without = "they are left out for \(brief(wait))"
      say(.greetingUnanswered, "uplink: no answer to our state or subscriptions: \(without)")
    default: return
    }
  }

  /// `directory`: the buffer's directory.
  func write(_ news: SpoolNotice, of directory: String) {
    switch news {
    case .opened(let epoch, let recovered, let segments):
      let waiting = "\(counted(recovered, "reading")) waiting in \(counted(segments, "segment"))"
      say(.spoolOpened, "spool: \(waiting), epoch \(epoch)")
    case .madeAnew(let epoch):
      say(
        .spoolNew,
        "spool: the buffer is empty and begins anew, with epoch \(epoch); if there was another one in its place before, its "
          + "readings are not in this one")
    case .deviceChanged(let former, let device):
      let was = "the buffer was the device \(printable(former))'s, and nothing waits in it"
      say(.deviceChanged, "spool: \(was): from now on it is \(device)'s")
    case .deviceTakenOn(let device):
      say(.deviceChanged, "spool: the buffer does not say which device it belongs to: from now on to \(device)")
    case .deviceUnknown(let failure, let device):
      say(.deviceUnknown, "spool: the buffer counts as \(device)'s, for want of a note that says so: \(failure)")
    case .segmentLeftOut(let number):
      say(.spoolSlot, "spool: segment \(number) holds nothing of a buffer: left alone; what was in it is lost")
    case .recordsLost(let records, let first, let slots):
      let named = slots.prefix(10).map(String.init).joined(separator: ", ") + (slots.count > 10 ? ", …" : "")
      let bad = "\(counted(slots.count, "bad block")) (slot \(named))"
      say(.spoolLost, "spool: \(counted(records, "reading")) lost, from number \(first) on: \(bad)")
    case .unreadable(let slot, let failure):
      say(.spoolSlot, "spool: slot \(slot) cannot be read, trying again: \(failure)")
    case .expired(let records):
      say(.spoolExpired, "spool: \(counted(records, "reading")) given up: older than max_age")
    case .evicted(let records):
      say(.spoolEvicted, "spool: full: the \(counted(records, "oldest reading")) had to go")
    case .refusalBegan(let waiting):
      say(.spoolRefusing, "spool: full: new readings are refused while \(counted(waiting, "reading")) wait")
    case .refusalEnded(let refused):
      say(.spoolAccepting, "spool: there is room again; \(counted(refused, "reading")) were refused meanwhile")
    case .tooLong(let bytes, let limit):
      say(.recordTooLong, "spool: a record of \(bytes) bytes was refused: the limit is \(limit)")
    case .degradedBegan, .stillDegraded, .degradedEnded, .movedIntoAppeared, .leftInRAM, .leftBehind, .evictingFromRAM:
      writeDisk(news, directory)
    }
  }

  private func writeDisk(_ news: SpoolNotice, _ directory: String) {
    func words(_ failure: StorageError) -> String {
      "\(failure); readings are kept in memory only\(OutputAdvice.text(directory, code: failure.code))"
    }
    switch news {
    case .degradedBegan(let failure): say(.diskFailed, "spool: the disk cannot be written: \(words(failure))")
    case .stillDegraded(let failure):
      say(.diskStillFailed, "spool: the disk still cannot be written: \(words(failure))")
    case .degradedEnded(let evicted):
      say(.diskRecovered, "spool: the disk can be written again; \(counted(evicted, "reading")) had to go meanwhile")
    case .movedIntoAppeared(let records):
      let moved = "\(counted(records, "reading")) that waited moved to it"
      say(.diskAppeared, "spool: the buffer's disk is there now; \(moved)")
    case .leftInRAM(let records):
      say(.leftInMemory, "spool: \(counted(records, "reading")) lost: the disk could not be written before the end")
    case .leftBehind(let records):
      let place = "in the buffer that was in use before, to which \(printable(directory)) no longer leads"
      say(
        .leftInMemory,
        "spool: \(counted(records, "reading")) not delivered: left \(place); if its files were deleted, they are lost")
    case .evictingFromRAM:
      say(.memoryFull, "spool: memory is full and the disk cannot be written: the oldest readings have to go")
    default: return
    }
  }
}

extension CourierNote {
  /// Whether there is a connection from now on; nil: no change.
  var link: Bool? {
    switch self {
    case .connected: true
    case .couldNotConnect, .lostConnection: false
    default: nil
    }
  }

  /// Time until the next attempt; nil: the note has none.
  fileprivate var wait: Duration? {
    switch self {
    case .couldNotConnect(_, _, let wait), .lostConnection(_, _, _, let wait), .postponed(_, let wait),
      .denied(_, let wait), .breaksOff(_, let wait), .unanswered(_, let wait), .gapRefused(_, let wait):
      wait
    case .connected, .unacknowledged, .stateNotKept, .stateRefused, .suspicious, .greetingBreaksOff, .rejected,
      .narrowed,
      .greetingUnanswered, .flapping, .adapted, .unprepared, .blocked, .unblocked:
      nil
    }
  }
}

/// The text for the log and for the status.
func flappingWords(_ connections: Int, within: Duration, clientID: String) -> String {
  // Ten or more share one text, because the log counts identical lines.
  let count = connections > 9 ? "ten or more" : "\(connections)"
  return
    "\(count) connections in a row were ended from outside within \(brief(within)): another client may use the client id "
    + "\"\(clientID)\" (a copied card?); or the broker, or something between, ends them: see the broker's log"
}
