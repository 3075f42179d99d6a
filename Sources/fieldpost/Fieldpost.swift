import ArgumentParser
import Configuration

@main
struct Fieldpost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fieldpost", abstract: "Looks after a fieldpost gateway.",
    version: "fieldpost \(fieldpostVersion)",
    subcommands: [
      Check.self, Read.self, Scan.self, ListDrivers.self, Messages.self, Status.self, Listen.self, SpoolCommand.self,
      Diagnose.self, Credential.self, Provision.self,
    ])

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let mistake = unknownCommand(in: arguments[...], of: Self.self) {
      printError("Error: \(mistake)\n")
      exit(withError: ExitCode.validationFailure)
    }
    main(arguments)
  }
}

/// A word in place of a subcommand that is none, in words; nil when there is no such word. ArgumentParser knows what was meant
/// by a mistyped option, but not by a mistyped command.
private func unknownCommand(
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
