import ArgumentParser
import Configuration
import Gateway

/// Options that replace the board by a simulated one.
struct SimulationOptions: ParsableArguments {
  @Flag(help: "Use simulated chips in place of the board's buses, one for each sensor of the configuration.")
  var simulate = false

  @Option(
    help: ArgumentHelp(
      "The same; this file says what they measure, and what goes wrong with them, from now on.", valueName: "file"),
    completion: yamlFile)
  var scenario: String?

  var isOn: Bool { simulate || scenario != nil }

  /// The simulated board; nil: neither option is given, so use the real board.
  func board(_ settings: Settings) throws -> Board? {
    guard isOn else { return nil }
    guard let scenario else { return Board.simulated(settings) }
    do throws(ConfigurationError) {
      return Board.simulated(settings, try ScenarioLoader.load(path: scenario, for: settings))
    } catch {
      throw told(error)
    }
  }
}
