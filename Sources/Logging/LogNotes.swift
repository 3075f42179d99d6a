import Telemetry

/// The catalogue's entry for a message. Sources/Logging/MESSAGES.md is made from it.
struct LogNote {
  let level: LogLevel
  let meaning: String
  let advice: String

  init(_ level: LogLevel, _ meaning: String, _ advice: String) {
    self.level = level
    self.meaning = meaning
    self.advice = advice
  }
}

extension LogMessage {
  /// A table, written as a `switch` so that the compiler finds missing entries.
  var note: LogNote {
    switch self {
    case .started:
      LogNote(
        .notice, "The daemon is up: its version, the number of sensors, the epoch, the device.",
        "Nothing.")
    case .stopping:
      LogNote(
        .notice, "It was asked to end, by a signal or because the buffer's disk has appeared.",
        "Nothing.")
    case .stoppingTooLong:
      LogNote(
        .error, "The end took longer than 4.5 s; what was not yet on disk is lost.",
        "The line says what held it up: a bus, the uplink or the disk.")
    case .cannotStart:
      LogNote(
        .error, "The system refused something without which nothing runs.",
        "The reason says what; a reboot helps when descriptors or memory ran out.")
    case .configurationMistake:
      LogNote(
        .error, "At the start: a mistake in devices.yaml, with its place.",
        "Fix it; `fieldpost check` tells all of them.")
    case .notStarting:
      LogNote(
        .error, "The daemon ends at the start, because of the mistakes told before.",
        "Fix them, then `systemctl start fieldpost`. Where the line says so, it is tried again by itself.")
    case .clockDoubted:
      LogNote(
        .warning, "The daemon may not see whether the board's clock is set.",
        "The line says which file or setting it needs.")
    case .reloaded:
      LogNote(
        .notice, "devices.yaml was read anew, and this has changed.",
        "Nothing.")
    case .reloadMistake:
      LogNote(
        .error, "A mistake in the new devices.yaml, with its place.",
        "Mend it; `fieldpost check` tells all of them.")
    case .reloadRefused:
      LogNote(
        .error,
        "The new devices.yaml was not taken over; the old settings stay. `fieldpost status` says so until one is.",
        "Mend the mistakes, or restart if it says that only a restart can change this.")
    case .summary:
      LogNote(
        .info, "What came and went since the last such line.",
        "Nothing while `lost` is 0 and `waiting` does not grow.")
    case .threadSilent:
      LogNote(
        .error,
        "A thread has not answered for a while, or the buffer does not open; the line says what the thread works on. "
          + "systemd restarts the daemon when this goes on.",
        "Look at that bus, disk or name server. Report it if it happens again.")
    case .threadBack:
      LogNote(
        .notice, "A thread that was silent answers again.",
        "Nothing.")
    case .statusUnanswered:
      LogNote(
        .warning, "The socket for `fieldpost status` cannot be made; everything else works.",
        "The reason says why, and what to do. Under systemd the unit makes its directory; started by hand, the daemon makes "
          + "it if it may.")
    case .metricsFailed:
      LogNote(
        .warning, "The file with the metrics cannot be written.", "See the reason; it is tried again each time.")
    case .logFileFailed:
      LogNote(
        .warning, "The log's own file cannot be written. Said once; its newest lines wait in memory, up to 32 KiB.",
        "See the reason: no room, a folder that the daemon may not write, a disk that fails. It is tried again by itself."
      )
    case .logFileBack:
      LogNote(.notice, "The log's own file can be written again; it says how many lines it misses.", "Nothing.")
    case .linesLost:
      LogNote(
        .warning, "The journal was too busy to take so many lines.",
        "Nothing, unless it comes often: look at the disk of the journal.")
    case .sensorFault:
      LogNote(
        .warning, "A sensor cannot be read. Said once; its readings stop, and nothing else does.",
        "Wiring, address, power; `fieldpost read` shows the bytes.")
    case .sensorRecovered:
      LogNote(
        .notice, "It can be read again.",
        "Nothing; if it comes often, look at the wiring.")
    case .alertLineFailed:
      LogNote(
        .warning,
        "The line of a sensor's `alert_line` is not available. Said once; the sensor is still read on schedule.",
        "Check the name of the line, and who uses it: `gpioinfo`. It is asked for again every minute.")
    case .alertLineBack:
      LogNote(.notice, "That line is there, and wakes the sensor.", "Nothing.")
    case .busStuck:
      LogNote(
        .error, "Every transfer on a bus hangs: something holds a line low.",
        "Wiring; or switch the sensors off and on (`power_line` lets the daemon do it).")
    case .busFreed:
      LogNote(
        .notice, "The bus answers again.",
        "Nothing.")
    case .powerCycled:
      LogNote(
        .notice, "The sensors of a stuck bus were switched off and on.",
        "Nothing.")
    case .powerFailed:
      LogNote(
        .error, "The line that switches the sensors' power cannot be used.",
        "See `buses` in devices.yaml, and who else uses that line (`gpioinfo`).")
    case .alarmRaised:
      LogNote(
        .warning, "A value is beyond its limit, or a sensor is stale.",
        "Act as your limits demand.")
    case .alarmCleared:
      LogNote(
        .notice, "The alarm is over.",
        "Nothing.")
    case .alarmsFile:
      LogNote(
        .error, "The file that keeps alarms over a restart cannot be read or written.",
        "See the reason; alarms may be raised once more after a restart.")
    case .connecting:
      LogNote(
        .info, "The brokers that are tried.",
        "Nothing.")
    case .connected:
      LogNote(
        .notice, "The broker has accepted the connection.",
        "Nothing.")
    case .notAcknowledged:
      LogNote(
        .warning,
        "The broker takes QoS 0 only, and acknowledges nothing. What a lost connection takes with it is gone.",
        "Let the broker take QoS 1.")
    case .stateNotKept:
      LogNote(
        .notice,
        "The broker keeps no retained messages, so it cannot show the gateway's last state to later subscribers.",
        "Nothing, or let the broker keep retained messages. `state_every` says how often the state is published.")
    case .cannotConnect:
      LogNote(
        .warning, "No connection; readings are kept. Repeats are counted.",
        "The reason names the step: name, route, port, TLS, password. It is tried again for ever.")
    case .connectionLost:
      LogNote(
        .warning, "The connection ended; what was on its way is sent again.",
        "Nothing, unless it comes often.")
    case .nextAttempt:
      LogNote(
        .debug, "How long it waits before the next attempt.",
        "Nothing.")
    case .postponed:
      LogNote(
        .warning, "The broker is busy or over quota; everything waits a little.",
        "Look at the broker's limits.")
    case .denied:
      LogNote(
        .error, "The broker does not allow a topic. Its messages are kept and tried again now and then.",
        "Mend the broker's access rules.")
    case .stateRefused:
      LogNote(
        .warning, "The broker refused the retained state.",
        "Mend the broker's access rules.")
    case .suspicious:
      LogNote(
        .warning, "Three connections broke off at the same message; one at a time is sent to find the cause.",
        "Wait; the culprit is named soon.")
    case .breaksOff:
      LogNote(
        .error, "The connection breaks off at a message of this stream; it is kept, and the others go on.",
        "Missing rights, a quota, a limit or a defect of the broker, or of something between. See the broker's log.")
    case .greetingBreaksOff:
      LogNote(
        .error, "The connection breaks off at our state or subscriptions; they are left out for a while.",
        "See the broker's log.")
    case .noAcknowledgements:
      LogNote(
        .warning,
        "Two connections in a row ended without one acknowledgement. For some minutes messages go one at a time, with "
          + "one reading in each, because small packets may pass where large ones vanish.",
        "See the MTU of the link, and whether a firewall drops ICMP. `sysctl net.ipv4.tcp_mtu_probing=1` lets the "
          + "kernel find the size that passes. Or the broker itself hangs: see its log.")
    case .unanswered:
      LogNote(
        .error,
        "A message of this stream is not answered, though it is alone on its way and others are answered; it is kept, "
          + "and the others go on.",
        "As for `no-acknowledgements`; it may be larger than the others.")
    case .greetingUnanswered:
      LogNote(
        .error, "Our state or subscriptions are not answered; they are left out for a while.",
        "As for `no-acknowledgements`.")
    case .flapping:
      LogNote(
        .warning,
        "Connections end soon after their start, again and again, though the broker takes what is sent. Two gateways "
          + "with one client id throw each other out like this.",
        "Look for another gateway with this `device.id` or `client_id`: a copied card? The `store` in the retained "
          + "state tells two apart. Else see the broker's log.")
    case .adapted:
      LogNote(
        .warning, "The broker cannot do something, as it seems, and is spoken to without it.",
        "The line says what. `protocol: 3.1.1` in devices.yaml spares the attempts with MQTT 5.")
    case .unprepared:
      LogNote(
        .warning,
        "The broker has accepted the connection, and has no place yet for what we publish. It is tried again.",
        "The line says what is missing at the broker.")
    case .blocked:
      LogNote(
        .warning, "The broker takes nothing for now; the connection remains, and readings are kept.",
        "Most often its memory or its disk is full: see the broker.")
    case .unblocked: LogNote(.notice, "The broker takes messages again.", "Nothing.")
    case .rejected:
      LogNote(
        .error, "The broker will never take this message: it is a dead letter now, and reported as a gap.",
        "See `dead-letters.jsonl` in the buffer's directory; it has the reason.")
    case .gapRefused:
      LogNote(
        .error,
        "The broker will never take this report of a loss, not even divided. It is kept and tried again now and then, and "
          + "nothing else waits for it.",
        "The reason says what the broker has against it: a limit, or the topic of the events.")
    case .deadLetterFailed:
      LogNote(
        .error, "A dead letter could not be written to `dead-letters.jsonl`.",
        "See the reason; the gap event has gone out all the same.")
    case .nameNotVerified:
      LogNote(
        .warning, "`insecure: true`: anyone with a certificate from a trusted authority can pose as the broker.",
        "Give the broker a certificate for its name.")
    case .passwordInClear:
      LogNote(
        .warning, "The password goes to the broker unencrypted: everybody on the way can read it.",
        "Write `mqtts://` in `uplink.broker`; docs/tls.md says what the broker needs for it.")
    case .gatheredOnDisk:
      LogNote(
        .warning,
        "`batch.gather` is not shorter than `durable_after`, or what is gathered does not fit into memory: readings are written "
          + "to the disk all the time.",
        "A shorter `gather` or a longer `durable_after`, or nothing if the disk can stand it.")
    case .noLinkWatch:
      LogNote(
        .info, "Links that come up cannot be noticed; the next attempt waits its time.",
        "Nothing.")
    case .unreadableRecord:
      LogNote(
        .error, "A record in the buffer is not one of ours; it is left out, and told as a gap.",
        "Report it.")
    case .spoolRefused:
      LogNote(
        .error, "The buffer cannot be used: another process has it, or it is not fieldpost's.",
        "The reason says which; see `buffer.directory`.")
    case .otherDevice:
      LogNote(
        .error,
        "The daemon does not start: readings of another device wait in the buffer, and would be published under a false name.",
        "Set `device.id` back until they are delivered, or `fieldpost spool rename` if they are this device's.")
    case .deviceChanged:
      LogNote(
        .info, "The buffer was another device's, or an older version's, and is this one's from now on.",
        "Nothing.")
    case .deviceUnknown:
      LogNote(
        .warning,
        "The file `device` in the buffer's directory cannot be read or written, or is damaged. What waits counts as this "
          + "device's.",
        "See the reason. If the card comes from another board, its readings may bear this board's name.")
    case .spoolOpened:
      LogNote(
        .info, "What waited in the buffer at the start.",
        "Nothing.")
    case .spoolNew:
      LogNote(
        .notice,
        "The buffer was empty: a first start, a new card, a directory that was emptied. The line has the epoch that it begins "
          + "with.",
        "Nothing, if the buffer should be new. Else see `buffer.directory`: a former card may still have readings.")
    case .spoolLost:
      LogNote(
        .error, "Bad blocks: readings are lost, and told as a gap.",
        "A few after a power cut are ordinary; if it goes on, replace the card.")
    case .spoolSlot:
      LogNote(
        .warning,
        "A block cannot be read now; it is tried again. Or a whole segment is not one any more, and is left alone.",
        "If it goes on, replace the card.")
    case .spoolExpired:
      LogNote(
        .warning, "Readings older than `max_age` were given up, and told as a gap.",
        "Nothing; that is what `max_age` says.")
    case .spoolEvicted:
      LogNote(
        .error, "The buffer is full: the oldest readings had to go, and are told as a gap.",
        "Bring the link back, or give `buffer.size` more.")
    case .spoolRefusing:
      LogNote(
        .error, "The buffer is full: new readings are refused (`when_full: refuse_newest`), and told as a gap.",
        "Bring the link back, or give `buffer.size` more.")
    case .spoolAccepting:
      LogNote(
        .notice, "There is room again.",
        "Nothing.")
    case .diskFailed:
      LogNote(
        .error, "The disk cannot be written; readings are kept in memory only, and delivered from there.",
        "Full, read-only, broken, or not at its place any more (removed, renamed, unmounted, something mounted over it): the "
          + "reason says which. It is used again by itself.")
    case .diskStillFailed:
      LogNote(
        .error, "The same, still.",
        "As above.")
    case .diskRecovered:
      LogNote(
        .notice, "The disk can be written again.",
        "Nothing.")
    case .diskAppeared:
      LogNote(
        .notice,
        "The buffer's disk, missing at the start, is there, or another directory has taken the place of the buffer's: what "
          + "waited was put into it, and the daemon starts again to use it.",
        "Nothing. If a disk was mounted too late, see RequiresMountsFor in fieldpostd(8).")
    case .memoryFull:
      LogNote(
        .error, "The disk cannot be written and memory is full: the oldest readings have to go, and are told as a gap.",
        "Mend the disk.")
    case .leftInMemory:
      LogNote(
        .error,
        "At the end the disk could not be written: these readings are lost, or lie in a buffer to which the path no longer "
          + "leads.",
        "Mend the disk. A buffer that was renamed or hidden by a mount can be read with `fieldpost spool export`.")
    case .recordTooLong:
      LogNote(
        .error, "A record was larger than a block and was refused.",
        "Report it.")
    case .commandsReady:
      LogNote(
        .info, "Where the daemon listens for commands.",
        "Nothing.")
    case .commandsDenied:
      LogNote(
        .error, "The broker does not let it listen for commands; readings are not affected.",
        "Mend the broker's access rules.")
    case .commandTaken:
      LogNote(
        .info, "A command is carried out.",
        "Nothing.")
    case .settingCommanded:
      LogNote(
        .notice, "A command has changed the log level or an interval, until the restart.",
        "Nothing.")
    case .commandRefused:
      LogNote(
        .warning, "A command was not understood or not allowed.",
        "Whoever sent it has the reason in the answer.")
    case .commandIgnored:
      LogNote(
        .warning, "A retained command, or more than one a second, was ignored.",
        "Send commands without retain, one at a time.")
    case .answerLost:
      LogNote(
        .warning, "The answer to a command could not be sent.",
        "Ask again.")
    }
  }
}
