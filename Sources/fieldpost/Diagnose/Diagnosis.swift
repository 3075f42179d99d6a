import Configuration
import Drivers
import Gateway
import Glibc
import Linux
import Telemetry

/// The files that are packed for support: the name of each, its meaning, and how its text is obtained.
struct Diagnosis {
  struct Part {
    let name: String
    let meaning: String
    let text: () -> String
  }

  let config: String

  /// The path of this program, to run its other commands.
  private static let fieldpost = (try? KernelSysfs().target(ofLink: "/proc/self/exe")) ?? CommandLine.arguments[0]

  var parts: [Part] {
    let places = ConfiguredPaths(of: config)
    let spool = places?.spool ?? BufferSettings().directory
    let socket = places?.socket ?? StatusSettings().socket
    return [
      Part(name: "versions.txt", meaning: "fieldpost, system, libraries, board", text: versions),
      Part(name: "devices.yaml", meaning: "the configuration, without secrets") { configuration },
      Part(name: "check.txt", meaning: "its mistakes, if any") { own("check", "--", config) },
      Part(name: "status.json", meaning: "what the daemon says of itself") {
        own("status", "--json", "--socket=" + socket)
      },
      Part(name: "unit.txt", meaning: "what systemd says of it") {
        program("/usr/bin/systemctl", "status", "--no-pager", "--full", "fieldpost.service")
      },
      Part(name: "log.txt", meaning: "the last lines of its log") {
        program(
          "/usr/bin/journalctl", "--namespace=*", "--no-pager", "--output=short-iso-precise", "--lines=2000",
          "--unit=fieldpost.service",
          "--unit=fieldpost-provision.service")
      },
      Part(name: "log-file.txt", meaning: "the last lines of its own log file") { logFile(places) },
      Part(name: "spool.txt", meaning: "the state of the buffer") { own("spool", "verify", "--", spool) },
      Part(name: "files.txt", meaning: "whose the configuration and the buffer are") {
        program("/usr/bin/ls", "-laR", "--", folder(of: config)) + program("/usr/bin/ls", "-la", "--", spool)
      },
      Part(name: "buses.txt", meaning: "what the kernel knows of buses and sensors", text: buses),
      Part(name: "disk.txt", meaning: "disk and memory") {
        program("/usr/bin/df", "-hT", "--", spool, "/") + program("/usr/bin/cat", "/proc/mounts")
          + program("/usr/bin/free", "-m") + program("/usr/bin/uptime")
      },
      Part(name: "kernel.txt", meaning: "the kernel's lines of buses and disks") {
        let lines = program("/usr/bin/dmesg").split(separator: "\n")
        let words = ["i2c", "mmc", "ext4", "gpio", "w1", "w1_", "watchdog", "oltage", "throttl", "rror", "dmesg"]
        return lines.filter { line in words.contains { line.contains($0) } }.suffix(1_000).joined(separator: "\n")
          + "\n"
      },
    ]
  }

  private var configuration: String {
    configurationWithoutSecrets(config)
  }

  private func versions() -> String {
    let model = (try? readFile("/proc/device-tree/model", limit: 256)).map { String(decoding: $0, as: UTF8.self) }
    return "fieldpost \(fieldpostVersion)\nboard: \(model ?? "not known")\n" + program("/usr/bin/uname", "-a")
      + program("/usr/bin/cat", "/etc/os-release")
      + program(
        "/usr/bin/dpkg-query", "--show", "fieldpost", "libmosquitto1", "libgpiod*", "libi2c0", "libyaml-0-2", "libssl3*"
      )
  }

  private func logFile(_ places: ConfiguredPaths?) -> String {
    guard let places else { return "not known: \(config) cannot be read\n" }
    guard let file = places.logFile else { return "no such file is configured\n" }
    return [file + ".1", file].map(lastLines).joined()
  }

  /// The last 2,000 lines of a log file. It lies in a folder of the daemon's user: root must not be tricked into
  /// reading what that user could not.
  private func lastLines(of file: String) -> String {
    do throws(GuardedFileError) {
      let text = String(decoding: try readGuardedEnd(of: file, limit: 1 << 19), as: UTF8.self)
      return text.split(separator: "\n").suffix(2_000).map { $0 + "\n" }.joined()
    } catch {
      return "\(error)\n"
    }
  }

  private func buses() -> String {
    let sysfs = KernelSysfs()
    let adapters = KernelI2CBus.names(root: "")
    var lines = ["I²C buses: \(adapters.isEmpty ? "none" : adapters.joined(separator: ", "))"]
    let devices = "/sys/bus/i2c/devices"
    for entry in (try? sysfs.entries(of: devices)) ?? [] {
      let name = (try? sysfs.read("\(devices)/\(entry)/name")).map { String(decoding: $0, as: UTF8.self) } ?? "?"
      lines.append("  \(entry): \(name.filter { !$0.isWhitespace })")
    }
    for found in KernelSurvey.sensors(in: sysfs) {
      let options = found.options.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      lines.append("\(found.driver): \(options)\(found.device.map { ", on \($0)" } ?? "")")
    }
    for chip in GPIOChips(root: "").list() { lines.append("\(chip.path): \(chip.label), \(chip.lines) lines") }
    return lines.joined(separator: "\n") + "\n"
      + program("/usr/bin/ls", "-l", "/dev/gpiomem", "/dev/i2c-0", "/dev/i2c-1", "/dev/gpiochip0")
      + program("/usr/bin/id")
  }

  private func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  }

  private func own(_ arguments: String...) -> String { SupportProgram(Self.fieldpost, arguments).told }
  private func program(_ path: String, _ arguments: String...) -> String { SupportProgram(path, arguments).told }
}
