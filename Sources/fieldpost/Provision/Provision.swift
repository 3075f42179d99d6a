import ArgumentParser
import Linux
import Telemetry

struct Provision: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes a configuration from the boot partition into use.",
    discussion: """
      What lies in the folder (devices.yaml, certificates, a password file) is laid over the configuration in use and \
      checked. If it is right, it is taken into use as a whole, and away from the folder, where everybody could read it; \
      devices.yaml.accepted.txt says so. If not, devices.yaml.errors.txt says why, and everything stays as it was. \
      fieldpost-provision.service does this at every boot, before fieldpostd starts; on a running board let \
      "systemctl restart fieldpost" follow.

      In devices.yaml such files are named without a folder: `ca: ca.pem`, `password: {file: password.txt}`. A \
      configuration that names another broker has to bring the password for it.

      Exit status 0 when there is nothing to do or all is done, 74 when a disk fails, and 78 for mistakes.
      """)

  @Option(
    help: ArgumentHelp(
      "The folder. (default: /boot/firmware/fieldpost, or /boot/fieldpost)", valueName: "directory"))
  var from: String?

  @Option(help: ArgumentHelp("Where the configuration is kept.", valueName: "directory"))
  var to = "/etc/fieldpost"

  @Option(help: ArgumentHelp("The group that may read it.", valueName: "name"))
  var group = "fieldpost"

  @Option(help: ArgumentHelp("Look for the board's names below this directory.", valueName: "directory"))
  var root = ""

  private static let usual = ["/boot/firmware/fieldpost", "/boot/fieldpost"]

  func run() throws {
    guard let from = from ?? Self.usual.first(where: isDirectory) else { return }
    let folder = BootFolder(path: from)
    do {
      let store = try ConfigurationStore(path: to, group: group)
      let text = try Provisioning(folder: folder, store: store, board: KernelSysfs(root: root)).run()
      if let text { try StandardOutput.write(text: printableLines(text)) }
    } catch let refusal as Refusal {
      printError(printableLines(refusal.text))
      do { try folder.tell(refusal: refusal.text) } catch { complain("\(error)") }
      throw ExitCode(78)
    } catch let leftover as Leftover {
      printError(printableLines(leftover.text))
      try? folder.tell(refusal: leftover.text)
      throw ExitCode(74)
    } catch let error as SystemError {
      let text =
        "\(printable("\(error)"))\nThe configuration from \(printable(from)) could not be taken; it will be tried again.\n"
      printError(printableLines(text))
      try? folder.tell(refusal: text)
      throw ExitCode(74)
    }
  }
}

/// The configuration is in use, but could not be removed from the folder where everybody can read it.
struct Leftover: Error {
  let text: String
}

/// Why a configuration was not taken into use.
struct Refusal: Error {
  /// Lines for a person, each ending in a line feed, the last one too.
  let text: String
}
