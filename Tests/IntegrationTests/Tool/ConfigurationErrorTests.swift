import Foundation
import TestSupport
import Testing

@Suite("A daemon with a wrong configuration")
struct ConfigurationErrorTests {
  @Test("Ten mistakes are ten errors with line and column, and exit status 78")
  func tenMistakes() throws {
    let file = projectFolder + "/Tests/Fixtures/ten-mistakes.yaml"
    let daemon = try Program(programs + "/fieldpostd", ["--simulate", file])
    #expect(daemon.exitStatus() == 78)
    let found = daemon.lines.filter { $0.hasPrefix(file + ":") && $0.contains(": error: ") }
    let places = found.map { $0.dropFirst(file.count + 1).split(separator: ":").prefix(2).joined(separator: ":") }
    #expect(
      places == ["2:7", "4:11", "5:8", "6:15", "8:9", "11:13", "17:14", "18:9", "20:5", "22:5"],
      "\(daemon.lines.joined(separator: "\n"))")
    #expect(daemon.lines.last == "10 errors in \(file)")
  }

  @Test("In the journal each mistake is an error with a name, and the last line says how to go on")
  func journal() throws {
    let workplace = try Workplace()
    let file = try workplace.write("device: {id: a b}\nuplink: {broker: mqtt://b, qos: 9}\nsensors: []\n", to: "f.yaml")
    // What systemd sets: whose pipe standard error is.
    let script = "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec '\(programs)/fieldpostd' '\(file)'"
    let daemon = try Program("/bin/sh", ["-c", script])
    #expect(daemon.exitStatus() == 78)
    let mistakes = daemon.lines.filter { $0.hasSuffix(" [configuration-mistake]") }
    #expect(mistakes.count >= 2, "\(daemon.lines)")
    #expect(mistakes.allSatisfy { $0.hasPrefix("<3>\(file):") }, "\(daemon.lines)")
    #expect(
      daemon.lines.last
        == "<3>not starting: \(mistakes.count) mistakes in \(file); fix it, then: systemctl start fieldpost [not-starting]"
    )
  }

  @Test("A missing file, a missing argument, an unknown option: a line that helps, and the status of sysexits.h")
  func commandLine() throws {
    let missing = try Program(programs + "/fieldpostd", ["/nonexistent/devices.yaml"])
    #expect(missing.exitStatus() == 78)
    #expect(missing.lines.contains { $0.contains("/nonexistent/devices.yaml") })
    for arguments in [[], ["a", "b"], ["--simulat", "a"], ["--root"]] {
      let daemon = try Program(programs + "/fieldpostd", arguments)
      #expect(daemon.exitStatus() == 64)
      #expect(daemon.lines.count == 1)
    }
    let help = try Program(programs + "/fieldpostd", ["--help"])
    #expect(help.exitStatus() == 0)
    #expect(help.lines.first?.hasPrefix("Usage: fieldpostd") == true)
  }
}
