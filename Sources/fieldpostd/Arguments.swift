import Configuration
import Telemetry

/// The daemon's command line.
struct Arguments {
  enum Outcome {
    case run(Arguments)
    case say(String)
    case refuse(String)
  }

  var file = ""
  var isSimulated = false
  /// The file that says what simulated chips measure, and which faults they have.
  var scenario: String?
  var isVerbose = false
  var root = ""

  static let help = """
    Usage: fieldpostd [--simulate | --scenario SCENARIO] [--verbose] [--root DIR] FILE

    Reads the sensors named in FILE and publishes their readings to an MQTT broker.

      --simulate            use simulated chips in place of the board's buses
      --scenario SCENARIO   the same; this file says what they measure, and what goes wrong with them
      --verbose             log more, such as when the next attempt to connect is due
      --root DIR            look for /sys, /dev and /etc/hostname below DIR
      --version             show the version
      --help                show this text

    Environment:
      FIELDPOST_BROKER   URL of the broker, in place of the one in FILE
      FIELDPOST_BUFFER   directory of the buffer, in place of the one in FILE
      RUNTIME_DIRECTORY  where the socket for "fieldpost status" is made, unless FILE says so; default: /run/fieldpost

    Exit status: 0 after SIGTERM or SIGINT, 64 for a wrong command line, 73 when the buffer cannot be used,
    75 to be started again, because another process has the buffer, its disk or another directory has appeared in its place,
    the disk could not be read, or the interface of {mac} is not there yet, 78 for mistakes in FILE or SCENARIO, or when readings of another
    device wait in the buffer.
    """

  static func parse(_ words: [String]) -> Outcome {
    var parsed = Arguments()
    var files: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--help", "-h": return .say(help)
      case "--version": return .say("fieldpostd \(fieldpostVersion)")
      case "--simulate": parsed.isSimulated = true
      case "--scenario":
        guard let file = rest.popFirst() else { return .refuse("fieldpostd: --scenario needs a file") }
        (parsed.scenario, parsed.isSimulated) = (file, true)
      case "--verbose": parsed.isVerbose = true
      case "--root":
        guard let directory = rest.popFirst() else { return .refuse("fieldpostd: --root needs a directory") }
        parsed.root = directory
      case _ where word.hasPrefix("-"):
        return .refuse("fieldpostd: unknown option \(word); fieldpostd --help shows what there is")
      default: files.append(word)
      }
    }
    guard files.count == 1 else {
      let advice = parsed.isSimulated && files.count == 2 ? "a scenario follows --scenario" : "see fieldpostd --help"
      return .refuse("fieldpostd: one configuration file is needed, \(files.count) given; \(advice)")
    }
    parsed.file = files[0]
    return .run(parsed)
  }
}

/// The numbers of sysexits.h, which administrators know; the unit's RestartPreventExitStatus refers to them.
enum ExitStatus {
  static let usage: Int32 = 64
  static let noSpool: Int32 = 73
  static let again: Int32 = 75
  static let configuration: Int32 = 78
}
