import ArgumentParser
import Configuration
import Telemetry

@main
struct Fieldpost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fieldpost", abstract: "Looks after a fieldpost gateway.",
    version: "fieldpost \(fieldpostVersion)",
    subcommands: [
      Check.self, Read.self, Scan.self, ListDrivers.self, PrintSchema.self, Messages.self, Status.self, Listen.self,
      SpoolCommand.self,
      Diagnose.self, Credential.self, Provision.self,
    ])

  /// Does what ArgumentParser's `main` does, but makes its messages printable first: they repeat arguments, and a shell
  /// may have expanded those to hostile file names.
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    if let mistake = unknownCommand(in: words[...], of: Self.self) {
      complainLines("Error: \(mistake)")
      exit(withError: ExitCode.validationFailure)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let (text, code) = (fullMessage(for: error), exitCode(for: error))
      if error is ExitCode || text.isEmpty { exit(withError: code) }
      if code == .success { sayLines(text) } else { complainLines(text) }
      exit(withError: code)
    }
  }
}
