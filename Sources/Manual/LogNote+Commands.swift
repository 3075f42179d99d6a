/// Remote commands.
extension LogNote {
  static let commandsReady = LogNote(
    "The daemon listens for commands at this place.",
    "Nothing.")
  static let commandsDenied = LogNote(
    "The broker does not let the daemon listen for commands. Readings are not affected.",
    "Correct the broker's access rules.")
  static let commandTaken = LogNote(
    "The daemon carries out a command.",
    "Nothing.")
  static let settingCommanded = LogNote(
    "A command has changed the log level or an interval, until the restart.",
    "Nothing.")
  static let commandRefused = LogNote(
    "A command was not understood or not allowed.",
    "Whoever sent it has the reason in the answer.")
  static let commandIgnored = LogNote(
    "A retained command, or more than one a second, was ignored.",
    "Send commands without retain, one at a time.")
  static let answerLost = LogNote(
    "The answer to a command could not be sent.",
    "Ask again.")
}
