import ArgumentParser
import Display
import Gateway
import Logging
import Manual
import Telemetry

struct Messages: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains the lines of the daemon's log.",
    discussion: "Each line ends with the name of its message in brackets.")

  @Argument(
    help: "The name of a message (sensor-fault).",
    completion: .custom { _, _, _ in LogMessage.allCases.map(\.rawValue) })
  var name: String?

  @Flag(help: "All of them as a page.")
  var markdown = false

  func run() throws {
    if markdown { return print(page) }
    guard let name else {
      let rows = LogMessage.allCases.map { [$0.rawValue, "\($0.level)", $0.note.meaning] }
      return print(table([["MESSAGE", "LEVEL", "MEANING"]] + rows, width: StandardOutput.width))
    }
    // The log shows the name in brackets: they may be given too.
    let wanted = name.drop { $0 == "[" }.prefix { $0 != "]" }
    guard let message = LogMessage(rawValue: wanted.lowercased()) else {
      throw ValidationError(unknown("message", name, among: LogMessage.allCases.map(\.rawValue), listing: "messages"))
    }
    print(
      table(
        [
          ["message", message.rawValue], ["level", "\(message.level)"], ["meaning", message.note.meaning],
          ["to do", message.note.advice], ["MESSAGE_ID", LogEntry.journalID(of: message.rawValue)],
        ], width: StandardOutput.width))
  }

  private var page: String {
    let rows = LogMessage.allCases.map { "| `\($0.rawValue)` | \($0.level) | \($0.note.meaning) | \($0.note.advice) |" }
    return """
      # The daemon's messages

      Each line of the log ends with the name of its message in brackets. The names never change. Levels go by the
      consequence: `warning` is unexpected, but nothing is lost; `error` means that data is lost or a person is needed.
      A line that repeats is written again, with its count, after 1, 3, 7 … minutes, in the end once an hour.

      In the journal each message has the fields `FIELDPOST_MESSAGE` (its name), `MESSAGE_ID` (`fieldpost messages NAME`
      shows it), and `FIELDPOST_SENSOR`, `FIELDPOST_BUS`, `FIELDPOST_BROKER` or `FIELDPOST_THREAD` when it is about one:

          journalctl --namespace='*' -u fieldpost FIELDPOST_SENSOR=freezer-1
          journalctl --namespace='*' -u fieldpost FIELDPOST_MESSAGE=connection-lost --since yesterday

      | message | level | meaning | what to do |
      |---|---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}
