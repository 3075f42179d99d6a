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
        .notice, "The daemon ends: a signal asked for it, or the buffer's disk has appeared.",
        "Nothing.")
    case .stoppingTooLong:
      LogNote(
        .error, "The daemon needed more than 4.5 s to end. Readings that were not yet on the disk are lost.",
        "The line names the cause: a bus, the uplink or the disk. Look at that part.")
    case .cannotStart:
      LogNote(
        .error, "The daemon cannot start because the system refused a resource.",
        "The line names the resource. A reboot helps if descriptors or memory ran out.")
    case .configurationMistake:
      LogNote(
        .error, "At the start: a mistake in devices.yaml, with its place.",
        "Fix the mistake. `fieldpost check` shows all mistakes.")
    case .notStarting:
      LogNote(
        .error, "The daemon does not start because of the mistakes in the lines before.",
        "Fix the mistakes, then `systemctl start fieldpost`. If the line says that they may pass, systemd tries again "
          + "by itself.")
    case .clockDoubted:
      LogNote(
        .warning, "The daemon is not permitted to ask whether the board's clock is set.",
        "Install the file or change the setting that the line names.")
    case .reloaded:
      LogNote(
        .notice, "The daemon has read devices.yaml again. The line lists what has changed.",
        "Nothing.")
    case .reloadMistake:
      LogNote(
        .error, "A mistake in the new devices.yaml, with its place.",
        "Fix the mistake. `fieldpost check` shows all mistakes.")
    case .reloadRefused:
      LogNote(
        .error,
        "The daemon refused the new devices.yaml and keeps the old settings. `fieldpost status` shows this until a "
          + "file is accepted.",
        "Fix the mistakes. If the line says that only a restart can change a key, restart the daemon.")
    case .summary:
      LogNote(
        .info, "A summary of what was read, delivered and lost since the last summary.",
        "Nothing while `lost` is 0 and `waiting` does not grow.")
    case .threadSilent:
      LogNote(
        .error,
        "A thread has not answered for a while, or the buffer does not open. The line says what the thread works on. "
          + "If this goes on, systemd restarts the daemon.",
        "Look at that bus, disk or name server. If the message comes again, report it.")
    case .threadBack:
      LogNote(
        .notice, "A thread that was silent answers again.",
        "Nothing.")
    case .statusUnanswered:
      LogNote(
        .warning, "The daemon cannot make the socket for `fieldpost status`. Everything else works.",
        "The line says why, and what to do. Under systemd the unit makes the socket's directory. A daemon that is "
          + "started by hand makes the directory itself if it has the permission.")
    case .metricsFailed:
      LogNote(
        .warning, "The file with the metrics cannot be written.",
        "See the reason. The daemon tries again at the next interval.")
    case .logFileFailed:
      LogNote(
        .warning,
        "The log's own file cannot be written. Its newest lines wait in memory, up to 32 KiB. The message comes "
          + "once.",
        "See the reason: no room, a folder that the daemon may not write, a disk that fails. The daemon tries again "
          + "by itself."
      )
    case .logFileBack:
      LogNote(.notice, "The log's own file can be written again. The file says how many lines are missing.", "Nothing.")
    case .linesLost:
      LogNote(
        .warning, "The journal was too busy to take so many lines.",
        "Nothing. If the message comes often, look at the disk of the journal.")
    case .sensorFault:
      LogNote(
        .warning,
        "A sensor cannot be read, so it publishes nothing. Other sensors are not affected. The message comes "
          + "once.",
        "Check wiring, address and power. `fieldpost read` shows the bytes.")
    case .sensorRecovered:
      LogNote(
        .notice, "The sensor can be read again.",
        "Nothing. If the message comes often, look at the wiring.")
    case .alertLineFailed:
      LogNote(
        .warning,
        "The GPIO line of a sensor's `alert_line` is not available. The sensor is still read on schedule. The message "
          + "comes once.",
        "Check the name of the line, and who uses it: `gpioinfo`. The daemon asks for the line again every minute.")
    case .alertLineBack:
      LogNote(
        .notice,
        "The sensor's `alert_line` is available again. Its changes make the daemon read the sensor at once.",
        "Nothing.")
    case .busStuck:
      LogNote(
        .error, "Every transfer on a bus hangs. Something holds a line of the bus low.",
        "Check the wiring, or switch the sensors off and on. With `power_line` the daemon does this by itself.")
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
        "Look at what the sensor watches.")
    case .alarmCleared:
      LogNote(
        .notice, "The alarm is over.",
        "Nothing.")
    case .alarmsFile:
      LogNote(
        .error, "The file that keeps raised alarms across a restart cannot be read or written.",
        "See the reason. After a restart the daemon may report raised alarms once more.")
    case .connecting:
      LogNote(
        .info, "The daemon begins to connect. The line lists the brokers that it tries in turn.",
        "Nothing.")
    case .connected:
      LogNote(
        .notice, "The broker has accepted the connection.",
        "Nothing.")
    case .notAcknowledged:
      LogNote(
        .warning,
        "The broker accepts QoS 0 only, so it acknowledges nothing. Messages that are lost with a connection are gone.",
        "Configure the broker to accept QoS 1.")
    case .stateNotKept:
      LogNote(
        .notice,
        "The broker keeps no retained messages, so it cannot show the gateway's last state to later subscribers.",
        "Nothing, or let the broker keep retained messages. `state_every` says how often the state is published.")
    case .cannotConnect:
      LogNote(
        .warning, "The daemon cannot connect. Readings wait in the buffer. Repeated failures are counted.",
        "The reason names the step: name, route, port, TLS, password. The daemon tries again for ever.")
    case .connectionLost:
      LogNote(
        .warning, "The connection has ended. Messages that were not acknowledged are sent again.",
        "Nothing. If the message comes often, look at the network and at the broker's log.")
    case .nextAttempt:
      LogNote(
        .debug, "How long the daemon waits before the next attempt to connect.",
        "Nothing.")
    case .postponed:
      LogNote(
        .warning, "The broker is busy, or this client is over its quota. All messages wait for a short time.",
        "Look at the broker's limits.")
    case .denied:
      LogNote(
        .error,
        "The broker does not allow a topic. The messages for that topic wait, and are tried again from time to "
          + "time.",
        "Correct the broker's access rules.")
    case .stateRefused:
      LogNote(
        .warning, "The broker refused the retained state.",
        "Correct the broker's access rules.")
    case .suspicious:
      LogNote(
        .warning,
        "Three connections ended at the same message. The daemon now sends one message at a time to find the "
          + "cause.",
        "Nothing yet. A later message names the stream that is the cause.")
    case .breaksOff:
      LogNote(
        .error,
        "The connection ends whenever a message of this stream is sent. The message is kept, and other streams go "
          + "on.",
        "See the broker's log. The cause can be missing rights, a quota, a limit or a defect of the broker, or a "
          + "device in between.")
    case .greetingBreaksOff:
      LogNote(
        .error,
        "The connection ends whenever the state or the subscriptions are sent. The daemon leaves them out for a "
          + "while.",
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
        "The broker does not answer a message of this stream, though it answers others. The message is kept, and other "
          + "streams go on.",
        "See `no-acknowledgements`. The message may be larger than the others.")
    case .greetingUnanswered:
      LogNote(
        .error, "The broker does not answer the state or the subscriptions. The daemon leaves them out for a while.",
        "See `no-acknowledgements`.")
    case .flapping:
      LogNote(
        .warning,
        "Connections end soon after their start, again and again, though the broker takes what is sent. Two gateways "
          + "with one client id throw each other out like this.",
        "Look for another gateway with this `device.id` or `client_id`, such as one with a copied card. The `store` "
          + "in the retained state tells two gateways apart. If there is no other gateway, see the broker's log.")
    case .adapted:
      LogNote(
        .warning, "The broker seems not to support a feature. The daemon goes on without that feature.",
        "The line names the feature. `protocol: 3.1.1` in devices.yaml avoids the attempts with MQTT 5.")
    case .unprepared:
      LogNote(
        .warning,
        "The broker has accepted the connection, but a destination of our messages is missing there. The daemon tries "
          + "again.",
        "The line says what is missing at the broker.")
    case .blocked:
      LogNote(
        .warning, "The broker takes no messages for now. The connection remains, and readings wait in the buffer.",
        "Most often its memory or its disk is full: see the broker.")
    case .unblocked: LogNote(.notice, "The broker takes messages again.", "Nothing.")
    case .rejected:
      LogNote(
        .error, "The broker will never take this message. It is a dead letter now, and a gap event reports it.",
        "See `dead-letters.jsonl` in the buffer's directory, which has the reason.")
    case .gapRefused:
      LogNote(
        .error,
        "The broker does not take this gap event, not even divided. The event is kept and tried again from time to "
          + "time. Nothing else waits for it.",
        "The reason names the broker's objection: a limit, or the topic of the events.")
    case .deadLetterFailed:
      LogNote(
        .error, "A dead letter could not be written to `dead-letters.jsonl`.",
        "See the reason. The gap event is published all the same.")
    case .nameNotVerified:
      LogNote(
        .warning, "`insecure: true`: anyone with a certificate from a trusted authority can pose as the broker.",
        "Give the broker a certificate for its name.")
    case .passwordInClear:
      LogNote(
        .warning, "The password is sent to the broker unencrypted, so everybody on the way can read it.",
        "Write `mqtts://` in `uplink.broker`; docs/tls.md says what the broker needs for it.")
    case .gatheredOnDisk:
      LogNote(
        .warning,
        "`batch.gather` is not shorter than `durable_after`, or what is gathered does not fit into memory: readings "
          + "are written to the disk all the time.",
        "Set a shorter `gather` or a longer `durable_after`. If the disk tolerates the writes, do nothing.")
    case .noLinkWatch:
      LogNote(
        .info, "The daemon cannot notice that a network link comes up, so it waits for its next attempt as usual.",
        "Nothing.")
    case .unreadableRecord:
      LogNote(
        .error, "A record in the buffer cannot be decoded. It is left out, and a gap event reports it.",
        "Report it.")
    case .spoolRefused:
      LogNote(
        .error, "The buffer cannot be used. Another process has it, or the files are not fieldpost's.",
        "The reason says which; see `buffer.directory`.")
    case .otherDevice:
      LogNote(
        .error,
        "The daemon does not start: readings of another device wait in the buffer, and would be published under a "
          + "false name.",
        "Set `device.id` back until the readings are delivered. If they are this device's, use `fieldpost spool "
          + "rename`.")
    case .deviceChanged:
      LogNote(
        .info, "The buffer belonged to another device or to an older version. From now on it belongs to this device.",
        "Nothing.")
    case .deviceUnknown:
      LogNote(
        .warning,
        "The file `device` in the buffer's directory cannot be read or written, or is damaged. Waiting readings count "
          + "as this device's.",
        "See the reason. If the card comes from another board, its readings may bear this board's name.")
    case .spoolOpened:
      LogNote(
        .info, "How many records waited in the buffer at the start.",
        "Nothing.")
    case .spoolNew:
      LogNote(
        .notice,
        "The buffer is new: a first start, a new card, or a directory that was emptied. The line has its first epoch.",
        "Nothing, if the buffer should be new. Otherwise see `buffer.directory`: a former card may still have "
          + "readings.")
    case .spoolLost:
      LogNote(
        .error, "The disk has bad blocks. Their readings are lost, and a gap event reports them.",
        "A few bad blocks after a power cut are ordinary. If more follow, replace the card.")
    case .spoolSlot:
      LogNote(
        .warning,
        "A block cannot be read now, and is tried again. Or a whole segment is damaged, and is left alone.",
        "If the message comes again, replace the card.")
    case .spoolExpired:
      LogNote(
        .warning, "Readings older than `max_age` were given up. A gap event reports them.",
        "Nothing. `max_age` asks for this.")
    case .spoolEvicted:
      LogNote(
        .error, "The buffer is full. The oldest readings were given up, and a gap event reports them.",
        "Restore the link, or raise `buffer.size`.")
    case .spoolRefusing:
      LogNote(
        .error,
        "The buffer is full. New readings are refused (`when_full: refuse_newest`), and a gap event reports "
          + "them.",
        "Restore the link, or raise `buffer.size`.")
    case .spoolAccepting:
      LogNote(
        .notice, "The buffer has room again.",
        "Nothing.")
    case .diskFailed:
      LogNote(
        .error, "The disk cannot be written. Readings are kept in memory only, and are delivered from there.",
        "The reason says whether the disk is full, read-only, broken, or not at its place any more (removed, renamed, "
          + "unmounted, something mounted over it). The daemon uses the disk again as soon as it can.")
    case .diskStillFailed:
      LogNote(
        .error, "The disk still cannot be written, now for another reason.",
        "See `disk-failed`.")
    case .diskRecovered:
      LogNote(
        .notice, "The disk can be written again.",
        "Nothing.")
    case .diskAppeared:
      LogNote(
        .notice,
        "The buffer's disk, missing at the start, is there, or another directory has taken the place of the buffer's. "
          + "The waiting readings were put into it, and the daemon restarts to use it.",
        "Nothing. If a disk was mounted too late, see RequiresMountsFor in fieldpostd(8).")
    case .memoryFull:
      LogNote(
        .error,
        "The disk cannot be written and memory is full. The oldest readings are given up, and a gap event reports "
          + "them.",
        "Repair the disk.")
    case .leftInMemory:
      LogNote(
        .error,
        "The daemon ended while the disk could not be written. These readings are lost, or lie in a buffer to which "
          + "the path no longer leads.",
        "Repair the disk. `fieldpost spool export` reads a buffer that was renamed or hidden by a mount.")
    case .recordTooLong:
      LogNote(
        .error, "A record was larger than a block and was refused.",
        "Report it.")
    case .commandsReady:
      LogNote(
        .info, "The daemon listens for commands at this place.",
        "Nothing.")
    case .commandsDenied:
      LogNote(
        .error, "The broker does not let the daemon listen for commands. Readings are not affected.",
        "Correct the broker's access rules.")
    case .commandTaken:
      LogNote(
        .info, "The daemon carries out a command.",
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
