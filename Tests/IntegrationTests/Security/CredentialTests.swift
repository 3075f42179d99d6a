import Foundation
import Testing

/// `fieldpost credential set`: a password is asked for, not shown, and kept where only its owner can read it.
@Suite("Keeping a password", .serialized)
struct CredentialTests {
  let workplace: Workplace
  let folder: String
  private let secret = "hünter2 pass'word$"

  init() throws {
    workplace = try Workplace()
    folder = workplace.path("credentials")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    chmod(folder, 0o700)
  }

  private func set(_ name: String = "broker", input: String) throws -> (status: Int32?, text: String) {
    let file = try workplace.write(input, to: "input")
    let command = "exec '\(programs)/fieldpost' credential set \(name) --folder '\(folder)' < '\(file)'"
    let program = try Program("/bin/sh", ["-c", command])
    let status = program.exitStatus()
    return (status, program.lines.joined(separator: "\n"))
  }

  private var kept: String? { try? String(contentsOfFile: folder + "/broker", encoding: .utf8) }

  @Test(
    "Typed at a terminal it is never shown, the terminal shows keys again afterwards, and the file is for its owner alone"
  )
  func typed() throws {
    let tool = "\(programs)/fieldpost credential set broker --folder \(folder)"
    let terminal = try TerminalScreen(workplace, "\(tool); status=$?; stty -a | grep -o ' echo '; (exit $status)")
    terminal.record(to: "written")
    #expect(terminal.shows("Password for broker (it is not shown):"))
    terminal.type("wrong")
    terminal.press("C-u")
    terminal.type(secret + "é")
    terminal.press("BSpace")
    terminal.press("Enter")
    #expect(terminal.shows("The same again:"))
    terminal.type(secret)
    terminal.press("Enter")
    #expect(terminal.exitStatus == 0, "\(terminal.lines)")
    #expect(terminal.shows("password: {credential: broker}"))
    #expect(terminal.shows(" echo"))
    #expect(kept == secret)
    let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/broker")
    #expect((attributes[.posixPermissions] as? NSNumber)?.int16Value == 0o600)
    let written = try String(contentsOfFile: workplace.path("written"), encoding: .utf8)
    #expect(!written.contains("nter2"), "\(written)")
    #expect(!written.contains("pass'word"), "\(written)")
  }

  @Test("Ctrl-C, and two that differ, change nothing")
  func givenUp() throws {
    let tool = "\(programs)/fieldpost credential set broker --folder \(folder)"
    let first = try TerminalScreen(workplace, tool)
    #expect(first.shows("Password"))
    first.type("hunter2")
    first.press("C-c")
    #expect(first.exitStatus == 1)
    #expect(first.shows("given up; nothing was changed"))
    let second = try TerminalScreen(workplace, tool)
    #expect(second.shows("Password"))
    second.type("hunter2")
    second.press("Enter")
    #expect(second.shows("The same again"))
    second.type("hunter3")
    second.press("Enter")
    #expect(second.exitStatus == 1)
    #expect(second.shows("the two are not the same"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test("From a pipe it is one line; a second one replaces the first whole")
  func piped() throws {
    let first = try set(input: "hunter2\r\n")
    #expect(first.status == 0, "\(first.text)")
    #expect(first.text.contains("kept"), "\(first.text)")
    #expect(kept == "hunter2")
    let second = try set(input: secret)
    #expect(second.status == 0, "\(second.text)")
    #expect(second.text.contains("replaced"), "\(second.text)")
    #expect(kept == secret)
    #expect(!second.text.contains("nter2"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["broker"])
  }

  @Test(
    "What is no password is refused without showing it",
    arguments: ["", "\n", "hunter2\nhunter2\n", "-----BEGIN PRIVATE KEY-----\nhunter2\n", "hunter2\0"])
  func refused(_ input: String) throws {
    let run = try set(input: input)
    #expect(run.status == 1, "\(run.text)")
    #expect(run.text.contains("nothing was changed"), "\(run.text)")
    #expect(!run.text.contains("hunter2"))
    #expect(kept == nil)
    let long = try set(input: String(repeating: "hunter2 ", count: 600))
    #expect(long.status == 1)
    #expect(long.text.contains("longer than 4096 bytes"))
    #expect(!long.text.contains("hunter2"))
  }

  @Test("A name is a file's name without a folder; what is none may be the password, and is not shown")
  func names() throws {
    for name in ["../hunter2", "/etc/hunter2", ".hunter2", "'hunter 2'", "hunter2/", "''"] {
      let run = try set(name, input: "x")
      #expect(run.status == 64, "\(run.text)")
      #expect(!run.text.contains("nter2"), "\(run.text)")
    }
  }

  @Test("No link is followed: neither in place of the file, nor of its draft, nor of the folder")
  func links() throws {
    let target = try workplace.write("precious", to: "target")
    for name in ["broker", ".broker.new"] {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: target)
    }
    let link = try set(input: "hunter2")
    #expect(link.status == 1, "\(link.text)")
    #expect(link.text.contains("is not a file"), "\(link.text)")
    try FileManager.default.removeItem(atPath: folder + "/broker")
    #expect(try set(input: "hunter2").status == 0)
    #expect(kept == "hunter2")
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "precious")
    let other = workplace.path("other")
    try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: folder)
    let run = try Program(programs + "/fieldpost", ["credential", "set", "broker", "--folder", other])
    #expect(run.exitStatus() == 1, "\(run.lines)")
    #expect(run.says("not a link to one"), "\(run.lines)")
  }

  @Test("A folder that others write into, or of another user, is refused in words")
  func folders() throws {
    chmod(folder, 0o777)
    let open = try set(input: "hunter2")
    #expect(open.status == 1, "\(open.text)")
    #expect(open.text.contains("chmod go-w \(folder)"), "\(open.text)")
    chmod(folder, 0o700)
    let missing = try Program(programs + "/fieldpost", ["credential", "set", "broker", "--folder", folder + "/none"])
    #expect(missing.exitStatus() == 1, "\(missing.lines)")
    #expect(missing.says("sudo install -d -m 700 \(folder)/none"), "\(missing.lines)")
    guard geteuid() == 0 else { return }
    chmod(workplace.directory, 0o755)
    let stranger = try Program(
      "/usr/bin/setpriv",
      ["--reuid", "4242", "--regid", "4242", "--clear-groups", programs + "/fieldpost", "credential", "set", "broker"]
        + ["--folder", folder])
    #expect(stranger.exitStatus() == 77, "\(stranger.lines)")
    #expect(stranger.says("use sudo"), "\(stranger.lines)")
    #expect(kept == nil)
  }

  @Test("What was kept is what a configuration reads")
  func used() throws {
    #expect(try set(input: secret).status == 0)
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtts://127.0.0.1:1", uplink: "  username: me\n  password: {credential: broker}",
        sensors: Daemon.twoSensors), to: "devices.yaml")
    let check = try Program(programs + "/fieldpost", ["check", file], environment: ["CREDENTIALS_DIRECTORY": folder])
    #expect(check.exitStatus() == 0, "\(check.lines)")
  }

  @Test("Where only a part of it can be written, the old one stays")
  func noRoom() throws {
    #expect(try set(input: secret).status == 0)
    let file = try workplace.write(String(repeating: "x", count: 4_000), to: "long")
    // Files of one KiB at most: what is written ends there, and that is no error of the call.
    let program = try Program(
      "/usr/bin/bash",
      ["-c", "ulimit -f 1; exec '\(programs)/fieldpost' credential set broker --folder '\(folder)' < '\(file)'"])
    #expect(program.exitStatus() == 1)
    #expect(program.lines.contains { $0.contains("No space left on device") }, "\(program.lines)")
    #expect(kept == secret)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["broker"])
  }
}
