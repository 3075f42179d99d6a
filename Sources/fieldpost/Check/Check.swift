import ArgumentParser
import Configuration
import Display
import Gateway
import Linux
import Spool
import Telemetry

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reports every mistake in a configuration.",
    discussion: """
      {serial}, {hostname} and {mac} in device.id are shown as they would be here. One that this machine cannot supply is \
      only a warning. Of more than a hundred mistakes the first hundred are shown.

      Exit status 0 when there is no mistake, and 78 when there are some, as with fieldpostd.
      """)

  @Argument(help: "The configuration.", completion: yamlFile)
  var file = "/etc/fieldpost/devices.yaml"

  func run() throws {
    let settings = try loadSettings(file, board: nil)
    sayLines(summary(of: settings, device: device(settings.device.id), file: printable(file)))
    for warning in settings.warnings + settings.hiddenPathWarnings { complain("\(file): warning: \(warning)") }
    if let other = otherDevice(settings) { complain("\(file): warning: fieldpostd would not start: \(other)") }
  }

  /// A warning that records of another device wait in this machine's buffer; nil when there are none, or the buffer may
  /// not be read.
  private func otherDevice(_ settings: Settings) -> String? {
    let (files, directory) = (SegmentReader(directory: settings.buffer.directory), settings.buffer.directory)
    guard case .device(let owner) = DeviceKnown(of: files), let id = idHere(settings.device.id), id != owner,
      let spool = try? SpoolReader(files), case let waiting = SpoolTally(spool).waiting, waiting > 0
    else { return nil }
    return OtherDevice(owner: owner, user: id, waiting: Int(clamping: waiting)).advice(for: directory)
  }

  private func idHere(_ written: String) -> String? {
    guard written.contains("{") else { return written }
    return try? ConfigurationLoader.load(path: file, environment: environment, board: KernelSysfs()).device.id
  }

  /// The device's id on this machine, followed by the id as written if that has placeholders.
  private func device(_ written: String) -> String {
    guard written.contains("{") else { return written }
    do throws(ConfigurationError) {
      let here = try ConfigurationLoader.load(path: file, environment: environment, board: KernelSysfs())
      return "\(here.device.id) (here, from \(written))"
    } catch {
      for problem in error.problems {
        complain("\(file):\(problem.line):\(problem.column): warning: \(problem.path): \(problem.reason)")
      }
      return written
    }
  }
}

/// Summarises a valid configuration for a person.
func summary(of settings: Settings, device: String, file: String) -> String {
  let brokers = settings.uplink.brokers.map(\.name).joined(separator: ", ")
  let tls = settings.uplink.tls == nil ? "" : " with TLS"
  let rows = settings.sensors.map { [$0.id, $0.chip.name, place($0), "every \(brief($0.every))"] }
  return """
    \(file): no mistakes
    device \(device), broker \(brokers)\(tls)
    \(table(rows))
    """
}
