import ArgumentParser
import Configuration
import Drivers
import Telemetry

/// The message for an unknown name: `there is no driver "SHT13"; did you mean "SHT31"?`, and the command that lists all
/// names.
func unknown(_ kind: String, _ name: String, among known: [String], listing command: String) -> String {
  if let advice = OtherChips.advice(on: name), command == "drivers" { return advice }
  let shown = printable(name)
  if let meant = Suggestion.closest(to: name, among: known) {
    return "there is no \(kind) \"\(shown)\"; did you mean \"\(meant)\"? \"fieldpost \(command)\" lists them all"
  }
  return "there is no \(kind) \"\(shown)\"; \"fieldpost \(command)\" lists them all"
}

/// The message for an unknown subcommand; nil when there is none. ArgumentParser suggests corrections for a mistyped
/// option, but not for a mistyped command.
func unknownCommand(
  in words: ArraySlice<String>, of command: any ParsableCommand.Type, called path: String = "fieldpost"
) -> String? {
  let known = command.configuration.subcommands
  guard !known.isEmpty, let word = words.first, !word.isEmpty, !word.hasPrefix("-") else { return nil }
  let rest = words.dropFirst()
  if let next = known.first(where: { $0._commandName == word }) {
    return unknownCommand(in: rest, of: next, called: "\(path) \(word)")
  }
  if word == "help", command == Fieldpost.self { return unknownCommand(in: rest, of: command, called: path) }
  let names = known.map { $0._commandName }
  return "\(path) has no command \"\(printable(word))\"\(Suggestion.clause(for: word, among: names))\n"
    + "See \"\(path) --help\"."
}
