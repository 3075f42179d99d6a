import ArgumentParser
import Schema

struct PrintSchema: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of a configuration, for editors.",
    discussion: """
      An editor with a YAML language server completes and checks devices.yaml by it. This first line of the file says where it is:

          # yaml-language-server: $schema=/usr/share/fieldpost/devices.schema.json
      """)

  @Flag(help: "Print the list of keys in devices.yaml(5) instead.")
  var manual = false

  func run() { print(manual ? KeyList().manual : DevicesSchema.document.rendered) }
}
