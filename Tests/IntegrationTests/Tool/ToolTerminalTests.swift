import Foundation
import Testing

/// What all commands have in common on a terminal.
@Suite("The tool on a terminal", .serialized)
struct ToolTerminalTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private var fieldpost: String { programs + "/fieldpost" }

  /// What a command writes to a terminal of so many columns.
  private func written(_ arguments: String, columns: Int, _ variables: String = "LC_ALL=C.UTF-8") throws -> [String] {
    let command = "stty cols \(columns) rows 24; exec env \(variables) \(fieldpost) \(arguments)"
    let program = try Program("/usr/bin/script", ["-qec", command, "/dev/null"])
    #expect(program.exitStatus() != nil)
    return program.lines.map { $0.replacingOccurrences(of: "\r", with: "") }
  }

  @Test(
    "Explanations are broken between words, and the next line stands under the text",
    arguments: ["messages", "messages sensor-fault", "drivers sht31", "drivers ads1115"])
  func wrapping(_ command: String) throws {
    let lines = try written(command, columns: 80)
    #expect(lines.count > 4, "\(lines)")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    let plain = try Program(fieldpost, command.split(separator: " ").map(String.init))
    #expect(plain.exitStatus() == 0)
    func words(_ lines: [String]) -> [Substring] { lines.joined(separator: " ").split(separator: " ") }
    #expect(words(lines) == words(plain.lines))
    #expect(lines.contains { $0.hasPrefix("          ") }, "something is broken: \(lines)")
    #expect(plain.lines.allSatisfy { !$0.hasPrefix(" ") }, "a pipe gets each row as one line")
  }

  @Test("An error is broken between words too; a line of the configuration with a mark below it is not")
  func errors() throws {
    let lines = try written("status --socket \(workplace.path("nowhere"))", columns: 80)
    #expect(lines.count > 1, "\(lines)")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    #expect(
      lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ").contains(
        "systemctl status fieldpost"))
    let file = try workplace.write(
      "device: {id: x, name-that-nobody-knows: \(String(repeating: "y ", count: 40))}\n", to: "a.yaml")
    let marked = try written("check \(file)", columns: 80, "LC_ALL=C.UTF-8 NO_COLOR=1")
    #expect(marked.contains { $0.hasPrefix("  device: {id: x") && $0.count > 80 }, "\(marked)")
  }

  @Test("A terminal without UTF-8 gets ASCII alone; a pipe gets UTF-8 in every locale")
  func ascii() throws {
    let root = try workplace.write("21500\n", to: "root/sys/class/thermal/thermal_zone0/temp")
    try workplace.write("cpu\n", to: "root/sys/class/thermal/thermal_zone0/type")
    let sensors = "  - {id: cpu, driver: thermal, zone: cpu}\n  - {id: x, driver: ds18b20, device: 28-0316a2795e3c}"
    let file = try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: sensors), to: "devices.yaml")
    let directory = root.replacingOccurrences(of: "/sys/class/thermal/thermal_zone0/temp", with: "")
    let commands = [
      "drivers", "drivers ads1115", "messages", "check \(file)", "read --root \(directory) \(file)",
      "scan --root \(directory)", "spool status \(workplace.directory)", "nonsense", "--help", "scan --help",
      "listen --help", "status --help",
    ]
    for command in commands {
      for variables in ["LC_ALL=C", "-u LC_ALL -u LC_CTYPE -u LANG"] {
        let text = try written(command, columns: 80, variables).joined(separator: "\n")
        let foreign = text.unicodeScalars.filter { !$0.isASCII }
        #expect(!text.isEmpty, "\(command): \(String(String.UnicodeScalarView(foreign))): \(text)")
        #expect(foreign.isEmpty, "\(command): \(String(String.UnicodeScalarView(foreign))): \(text)")
      }
    }
    let plain = try Program(fieldpost, ["read", "--root", directory, file], environment: ["LC_ALL": "C"])
    #expect(plain.says("21.5 °C"), "\(plain.lines)")
  }

  @Test("The Tab key completes drivers, messages and the sensors of the configuration")
  func completion() throws {
    try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:1", uplink: "  password: {credential: nobody-can-read-it}",
        sensors: "  - {id: freezer-north, driver: tmp102, bus: i2c-1, address: 0x48}"), to: "site.yaml")
    let script = try Program(fieldpost, ["--generate-completion-script", "bash"])
    #expect(script.exitStatus() == 0)
    try workplace.write(script.lines.joined(separator: "\n") + "\n", to: "completion")
    let terminal = try TerminalScreen(
      workplace, "cd \(workplace.directory); exec bash --noprofile --norc -i", columns: 120,
      environment: ["PATH": "\(programs):/usr/bin:/bin", "PS1": "ready> "])
    #expect(terminal.shows("ready>"))
    terminal.type(". ./completion\n")
    for (typed, completed) in [
      ("fieldpost drivers sht3", "fieldpost drivers sht3x"), ("fieldpost drivers SHT31", "fieldpost drivers SHT31"),
      ("fieldpost messages sensor-fa", "fieldpost messages sensor-fault"),
      ("fieldpost read site.yaml --sensor fr", "fieldpost read site.yaml --sensor freezer-north"),
      ("fieldpost cred", "fieldpost credential"), ("fieldpost credential s", "fieldpost credential set"),
      ("fieldpost check si", "fieldpost check site.yaml"),
    ] {
      terminal.type(typed)
      terminal.press("Tab")
      #expect(terminal.when { $0.contains { $0.hasPrefix("ready> \(completed)") } } != nil, "\(terminal.lines)")
      terminal.press("C-u")
    }
  }
}
