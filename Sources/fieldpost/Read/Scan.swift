import ArgumentParser
import Configuration
import Drivers
import Gateway
import Glibc
import Linux
import Telemetry

struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks for sensors, and prints what a configuration would call them.",
    discussion: """
      On the I2C buses only registers that name a chip are read; nothing is changed, and addresses that none of our chips
      can have are not asked. A chip without a name in it "could be" several: see what is printed on it. Kernel sensors,
      1-Wire and GPIO chips are listed too. The last part can be pasted under `sensors:`.
      Where a kind of bus is not there, the output says what switches it on.

      A chip that has to be woken does not answer: an SHTC3, which sleeps after each measurement. At 0x70 to 0x75, where a
      question would switch a multiplexer, nothing is asked. Write such a sensor by hand; "fieldpost read" tries it.

      Exit status 0 when something was found, 1 when nothing was.
      """)

  @Argument(
    help: "Only these I2C buses, such as i2c-1.", completion: .custom { _, _, _ in KernelI2CBus.names() })
  var bus: [String] = []

  @Option(
    help: ArgumentHelp("The configuration whose sensors are marked as known.", valueName: "file"),
    completion: yamlFile)
  var config = "/etc/fieldpost/devices.yaml"

  @OptionGroup
  var simulation: SimulationOptions

  @Option(help: ArgumentHelp("Look for /sys and /dev below this directory.", valueName: "directory"))
  var root = ""

  func run() throws {
    let settings = try known()
    let board = try settings.flatMap(simulation.board) ?? Board.real(root: root)
    let sheet = ScanSheet(HardwareScan(board, buses: bus), known: settings?.sensors ?? [], width: StandardOutput.width)
    try StandardOutput.write(text: printableLines(sheet.text))
    if !sheet.hasSensors { throw ExitCode(1) }
  }

  /// The configuration. Nil: there is none yet, or it has mistakes, which are told. With a simulated board, which is made
  /// from the configuration, they are thrown.
  private func known() throws -> Settings? {
    if simulation.isOn { return try loadSettings(config, board: nil) }
    do throws(ConfigurationError) {
      return try ConfigurationLoader.load(path: config, environment: environment, board: nil)
    } catch {
      if access(config, F_OK) == 0, let problem = error.problems.first {
        printError("\(error.line(of: problem)): no sensor is marked as known; see fieldpost check\n")
      }
      return nil
    }
  }
}
