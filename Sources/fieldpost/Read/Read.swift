import ArgumentParser
import Configuration
import Display
import Drivers
import Gateway
import Glibc
import Linux
import Telemetry

struct Read: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads each sensor once, now, and shows what came of it.",
    discussion: """
      For each sensor: what went over its bus, what the chip said if it is corrected, the values, how long it took, and \
      the message that would be published, without its epoch and sequence. Nothing is published or kept. The daemon may be \
      running and will not notice; but a GPIO line can have only one user.

      Exit status 0 when all could be read, 1 when one or more could not, 78 for mistakes in the configuration.
      """)

  @Argument(help: "The configuration.", completion: yamlFile)
  var file = "/etc/fieldpost/devices.yaml"

  @Option(
    name: .long, help: ArgumentHelp("Only this sensor; may be repeated.", valueName: "id"),
    completion: .custom { words, _, _ in Read.sensors(words) })
  var sensor: [String] = []

  @OptionGroup
  var simulation: SimulationOptions

  @Option(help: ArgumentHelp("Look for /sys and /dev below this directory.", valueName: "directory"))
  var root = ""

  func run() throws {
    let settings = try loadSettings(file, board: simulation.isOn ? nil : KernelSysfs(root: root))
    if !simulation.isOn {
      for warning in settings.hiddenPathWarnings { complain("\(file): warning: \(warning)") }
    }
    if let unknown = sensor.first(where: { id in !settings.sensors.contains { $0.id == id } }) {
      let names = settings.sensors.map(\.id)
      throw ValidationError("\(file) has no sensor \"\(unknown)\"\(Suggestion.clause(for: unknown, among: names))")
    }
    let board = try simulation.board(settings) ?? Board.real(root: root)
    var (read, failed) = (0, 0)
    try OneShotRead(settings, board: board).run(sensor.isEmpty ? nil : Set(sensor)) { outcome in
      if case .success = outcome.result { read += 1 } else { failed += 1 }
      try StandardOutput.write(text: printableLines(text(outcome) + "\n"))
    }
    if failed > 0 {
      complain("\(failed) of \(read + failed) could not be read")
      throw ExitCode(1)
    }
  }

  /// Completions for `--sensor`: the sensors of the configuration named on the command line so far, or of the default
  /// one.
  private static func sensors(_ words: [String]) -> [String] {
    let named = words.last { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    let names = ConfiguredPaths(of: named ?? "/etc/fieldpost/devices.yaml")?.sensors ?? []
    // The names end up on a shell's command line, and a file with mistakes may have anything in them.
    return names.filter { $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) } }
  }

  private func text(_ outcome: OneShotRead.Outcome) -> String {
    var rows = outcome.transfers.enumerated().map { [$0.offset == 0 ? "  bus" : "", $0.element] }
    if let raw = outcome.raw, (try? outcome.result.get()) != raw {
      rows.append(["  raw", raw.quantities.map { "\($0)" }.joined(separator: ", ")])
    }
    switch outcome.result {
    case .success(let sample):
      let values = sample.quantities.map { "\($0)" }.joined(separator: ", ")
      rows.append(["  value", values + (sample.quality == .good ? "" : " (\(sample.quality.name))")])
      if sample.age >= .seconds(1) { rows.append(["  age", brief(sample.age)]) }
    case .failure(let error):
      rows.append(["  fault", "\(error)"])
    }
    rows.append(["  took", "\(outcome.duration.milliseconds) ms"])
    if let message = outcome.message {
      rows.append(["  message", "\(message.topic) \(String(decoding: message.payload, as: UTF8.self))"])
    }
    return
      "\(outcome.sensor.id): \(outcome.sensor.chip.name), \(place(outcome.sensor))\n\(table(rows, width: StandardOutput.width))"
  }
}

/// Shell completion for a configuration file.
var yamlFile: CompletionKind { .file(extensions: ["yaml", "yml"]) }

/// Loads the settings. On mistakes, shows all of them and throws the exit status. Without a `board` the device's id
/// keeps its placeholders.
func loadSettings(_ file: String, board: (any Sysfs)?) throws -> Settings {
  do throws(ConfigurationError) {
    return try ConfigurationLoader.load(path: file, environment: environment, board: board)
  } catch {
    if access(file, F_OK) != 0, errno == ENOENT {
      complain(
        "There is no \(file). To begin with one: sudo cp /usr/share/doc/fieldpost/examples/devices.yaml /etc/fieldpost/; "
          + "man devices.yaml explains it.")
    }
    throw told(error)
  }
}

/// Shows every mistake and returns the exit status for them.
func told(_ error: ConfigurationError) -> ExitCode {
  printError(error.rendered(inColour: standardErrorHasColour()))
  return ExitCode(78)
}

/// Where a sensor is connected, for a person.
func place(_ sensor: SensorSettings) -> String {
  switch sensor.connection {
  case .i2c(let bus, let address): "\(bus) \(address)"
  case .sysfs: "kernel"
  case .gpio: "gpio"
  }
}
