import Foundation
import Testing

/// Every program that reads a configuration, with secrets where none belong.
@Suite("No secret in any output", .serialized)
struct SecretOutputTests {
  let workplace: Workplace
  private let group: String

  init() throws {
    workplace = try Workplace()
    group = String(cString: try #require(getgrgid(getgid())).pointee.gr_name)
  }

  private static let token = "wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY9"
  /// A key that opens nothing.
  private static let pem = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx1JzTm8yQ0t3c2RhZnNk
    YWZhc2RmYXNkZmFzZGZhc2RmYXNkZmFzZGZhc2RmYXNkZmFzZGZhc2RmYXNkZmFzZGZh
    -----END PRIVATE KEY-----
    """
  private static let parts = ["wJalr", "PLEKEY9", "MIGH", "YWZh", "BEGIN PRIVATE", "hunter2"]

  /// A block below a key.
  private static func block(_ indentation: Int) -> String {
    let margin = String(repeating: " ", count: indentation)
    return "|\n" + pem.split(separator: "\n").map { "\(margin)\($0)" }.joined(separator: "\n")
  }

  /// With mistakes, and without any: a token is a right user name, and a comment is never wrong.
  private func configurations() -> [(name: String, text: String)] {
    let sensors = "sensors:\n" + Daemon.twoSensors + "\n"
    let buffer = "buffer: {directory: \(workplace.path("spool"))}\n"
    let tls = "device: {id: bench}\nuplink:\n  broker: mqtts://127.0.0.1:1\n"
    return [
      (
        "key",
        tls + "  tls:\n    certificate: \(Self.block(6))\n    key: \(Self.block(6))\n    ca: \(Self.block(6))\n"
          + buffer + sensors
      ),
      ("psk", tls + "  tls:\n    psk: \(Self.block(6))\n" + buffer + sensors),
      ("psk key", tls + "  tls: {psk: {identity: \(Self.token), key: \(Self.token)}}\n" + buffer + sensors),
      (
        "right",
        tls + "  username: \(Self.token)  # hunter2\n  # password: hunter2\n  client_id: \(Self.token)\n" + buffer
          + sensors
      ),
      ("file", tls + "  username: u\n  password: {file: \(Self.token)}\n" + buffer + sensors),
      ("credential", tls + "  username: u\n  password: {credential: \(Self.token)}\n" + buffer + sensors),
      (
        "env",
        tls + "  username: u\n  password: {env: \(Self.token.uppercased())}\n  apikey: hunter2\n" + buffer + sensors
      ),
      ("url", "device: {id: bench}\nuplink:\n  broker: mqtt://me:hunter2@127.0.0.1\n" + buffer + sensors),
      (
        "anywhere",
        tls + "  qos: \(Self.token)\n  \(Self.token): 1\n  zugang: hunter2\n" + buffer
          + "log: {file: \"\(Self.token)\", level: \(Self.token)}\nmetrics: \(Self.block(2))\nsensors:\n  - {id: \"a \(Self.token)\", driver: \(Self.token)}\n"
      ),
      ("no YAML", tls + "  zugang: \"hunter2\n" + Self.pem + "\n"),
    ]
  }

  private func expectNone(_ text: String, _ what: String) {
    for part in Self.parts where text.contains(part) || text.contains(part.uppercased()) {
      Issue.record("\(what): \(part) in\n\(text)")
    }
  }

  @Test(
    "A key, a token, a password in the wrong place: every command, the archive, the note on the card, the daemon's log")
  func everywhere() throws {
    for (name, text) in configurations() {
      let file = try workplace.write(text, to: "devices.yaml")
      for command in [
        ["check"], ["read", "--simulate"], ["scan", "--simulate", "--config"], ["listen", "--idle", "1s", "--config"],
        ["spool", "export", workplace.path("none"), "--config"], ["status", "--config"],
      ] {
        let run = try Ended(command + [file])
        #expect(run.status != nil)
        expectNone(run.text, "\(name): \(command)")
      }
      let archive = workplace.path("a.tar.gz")
      try? FileManager.default.removeItem(atPath: archive)
      let made = try Ended(["diagnose", "--config", file, "--output", archive])
      #expect(made.status == 0)
      let packed = try Ended("/usr/bin/tar", ["-xzOf", archive]).text
      #expect(packed.contains("id: bench") || name == "no YAML", "\(name)")
      expectNone(made.text + packed, "\(name): diagnose")
      try provision(name, text)
      try daemon(name, file)
    }
  }

  private func provision(_ name: String, _ text: String) throws {
    for folder in ["boot", "etc"] { try? FileManager.default.removeItem(atPath: workplace.path(folder)) }
    try workplace.write(text, to: "boot/devices.yaml")
    let run = try Ended([
      "provision", "--from", workplace.path("boot"), "--to", workplace.path("etc"), "--group", group, "--root",
      workplace.path("root"),
    ])
    let notes = ["errors", "accepted"].compactMap {
      try? String(contentsOfFile: workplace.path("boot/devices.yaml.\($0).txt"), encoding: .utf8)
    }
    #expect(!notes.isEmpty)
    expectNone(run.text + notes.joined(), "\(name): provision")
  }

  private func daemon(_ name: String, _ file: String) throws {
    for style in ["", "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2);"] {
      let program = try Program(
        "/bin/sh", ["-c", "\(style) exec '\(programs)/fieldpostd' --simulate '\(file)'"],
        environment: ["RUNTIME_DIRECTORY": workplace.directory])
      // It refuses the file, or tries to connect.
      #expect(eventually { !program.isRunning || program.lines.contains { $0.contains("cannot connect") } })
      program.send(SIGTERM)
      #expect(program.exitStatus() != nil)
      expectNone(program.lines.joined(separator: "\n"), "\(name): the daemon")
    }
  }
}
