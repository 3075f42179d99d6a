/// The daemon itself: its start, its end, its configuration, its threads and its own files.
extension LogNote {
  static let started = LogNote(
    "The daemon is up: its version, the number of sensors, the epoch, the device.",
    "Nothing.")
  static let stopping = LogNote(
    "The daemon ends: a signal asked for it, or the buffer's disk has appeared.",
    "Nothing.")
  static let stoppingTooLong = LogNote(
    "The daemon needed more than 4.5 s to end. Readings that were not yet on the disk are lost.",
    "The line names the cause: a bus, the uplink or the disk. Look at that part.")
  static let cannotStart = LogNote(
    "The daemon cannot start because the system refused a resource.",
    "The line names the resource. A reboot helps if descriptors or memory ran out.")
  static let configurationMistake = LogNote(
    "At the start: a mistake in devices.yaml, with its place.",
    "Fix the mistake. `fieldpost check` shows all mistakes.")
  static let notStarting = LogNote(
    "The daemon does not start because of the mistakes in the lines before.",
    "Fix the mistakes, then `systemctl start fieldpost`. If the line says that they may pass, systemd tries again by "
      + "itself.")
  static let clockDoubted = LogNote(
    "The daemon is not permitted to ask whether the board's clock is set.",
    "Install the file or change the setting that the line names.")
  static let reloaded = LogNote(
    "The daemon has read devices.yaml again. The line lists what has changed.",
    "Nothing.")
  static let reloadMistake = LogNote(
    "A mistake in the new devices.yaml, with its place.",
    "Fix the mistake. `fieldpost check` shows all mistakes.")
  static let reloadRefused = LogNote(
    "The daemon refused the new devices.yaml and keeps the old settings. `fieldpost status` shows this until a file "
      + "is accepted.",
    "Fix the mistakes. If the line says that only a restart can change a key, restart the daemon.")
  static let summary = LogNote(
    "A summary of what was read, delivered and lost since the last summary.",
    "Nothing while `lost` is 0 and `waiting` does not grow.")
  static let threadSilent = LogNote(
    "A thread has not answered for a while, or the buffer does not open. The line says what the thread works on. If "
      + "this goes on, systemd restarts the daemon.",
    "Look at that bus, disk or name server. If the message comes again, report it.")
  static let threadBack = LogNote(
    "A thread that was silent answers again.",
    "Nothing.")
  static let statusUnanswered = LogNote(
    "The daemon cannot make the socket for `fieldpost status`. Everything else works.",
    "The line says why, and what to do. Under systemd the unit makes the socket's directory. A daemon that is "
      + "started by hand makes the directory itself if it has the permission.")
  static let metricsFailed = LogNote(
    "The file with the metrics cannot be written.",
    "See the reason. The daemon tries again at the next interval.")
  static let logFileFailed = LogNote(
    "The log's own file cannot be written. Its newest lines wait in memory, up to 32 KiB. The message comes once.",
    "See the reason: no room, a folder that the daemon may not write, a disk that fails. The daemon tries again by "
      + "itself.")
  static let logFileBack = LogNote(
    "The log's own file can be written again. The file says how many lines are missing.",
    "Nothing.")
  static let linesLost = LogNote(
    "The journal was too busy to take so many lines.",
    "Nothing. If the message comes often, look at the disk of the journal.")
}
