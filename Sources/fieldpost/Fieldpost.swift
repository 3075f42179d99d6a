import ArgumentParser
import Configuration

@main
struct Fieldpost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fieldpost", abstract: "Looks after a fieldpost gateway.",
    version: "fieldpost \(fieldpostVersion)",
    subcommands: [
      Check.self, Read.self, Scan.self, ListDrivers.self, Messages.self, Status.self, Listen.self, SpoolCommand.self,
      Diagnose.self, Provision.self,
    ])
}
