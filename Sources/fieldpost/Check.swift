import ArgumentParser
import Configuration
import Display
import Linux

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells every mistake in a configuration.",
    discussion: "Exit status 0 when there is none, and 78 when there are some, as with fieldpostd.")

  @Argument(help: "The configuration.")
  var file = "/etc/fieldpost/devices.yaml"

  func run() throws {
    let settings = try loadSettings(file)
    print(summary(settings))
    if let warning = settings.uplink.tls?.warning { printError("\(file): warning: \(warning)\n") }
  }

  private func summary(_ settings: Settings) -> String {
    let brokers = settings.uplink.brokers.map(\.name).joined(separator: ", ")
    let tls = settings.uplink.tls == nil ? "" : " with TLS"
    let rows = settings.sensors.map { [$0.id, $0.chip.name, place($0), "every \($0.every)"] }
    return """
      \(file): no mistakes
      device \(settings.device.id), broker \(brokers)\(tls)
      \(table(rows))
      """
  }
}
