import Foundation
import Testing

/// What is packed for support is all there, and none of it is a secret.
@Suite("The archive for support", .serialized)
struct DiagnoseTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32?, text: String) {
    let program = try Program(program, arguments)
    let status = program.exitStatus(within: .seconds(120))
    return (status, program.lines.joined(separator: "\n"))
  }

  private func diagnose(_ configuration: String) throws -> (said: String, content: String) {
    let archive = workplace.path("a.tar.gz")
    let made = try run(programs + "/fieldpost", ["diagnose", "--config", configuration, "--output", archive])
    #expect(made.status == 0, "\(made.text)")
    return (made.text, try run("/usr/bin/tar", ["-xzOf", archive]).text)
  }

  private static let names = [
    "versions.txt", "devices.yaml", "check.txt", "status.json", "unit.txt", "log.txt", "log-file.txt", "spool.txt",
    "files.txt", "buses.txt", "disk.txt", "kernel.txt",
  ]

  @Test("All parts, and nothing secret: neither where it belongs nor where it does not")
  func complete() throws {
    let secret = try workplace.write("hunter2-file\n", to: "password")
    chmod(secret, 0o600)
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:1883",
        uplink: "  username: me\n  password: {file: \(secret)}", sensors: Daemon.twoSensors), to: "devices.yaml")
    let (said, content) = try diagnose(file)
    for name in Self.names { #expect(said.contains(name), "\(said)") }
    let listed = try run("/usr/bin/tar", ["-tzf", workplace.path("a.tar.gz")]).text
    for name in Self.names { #expect(listed.contains("/" + name), "\(listed)") }
    #expect(content.contains("driver: tmp102"))
    #expect(content.contains("no mistakes"))
    #expect(content.contains("fieldpost 0."))
    #expect(!content.contains("hunter2"))
  }

  @Test("A configuration with mistakes, and passwords where none belong")
  func mistaken() throws {
    let file = try workplace.write(
      """
      device: {id: here}
      uplink:
        broker: mqtt://me:hunter2-url@broker
        password: hunter2-plain
        passwrod: hunter2-typo
        tls:
          psk:
            identity: x
            key: hunter2key
      sensors: []
      """, to: "devices.yaml")
    let (_, content) = try diagnose(file)
    #expect(content.contains("id: here"))
    #expect(content.contains("may hold a secret"))
    #expect(!content.contains("hunter2"), "\(content.split(separator: "\n").filter { $0.contains("hunter2") })")
  }

  @Test("No configuration, no daemon, no buffer: the reasons are in it")
  func nothing() throws {
    let (_, content) = try diagnose(workplace.path("nowhere.yaml"))
    #expect(content.contains("nowhere.yaml"))
    #expect(content.contains("No such file or directory"))
  }

  @Test("An archive that cannot be written is told")
  func unwritable() throws {
    let made = try run(
      programs + "/fieldpost", ["diagnose", "--output", workplace.path("nowhere/a.tar.gz"), "--config", "/nowhere"])
    #expect(made.status != 0, "\(made.text)")
    #expect(made.text.contains("cannot be written"), "\(made.text)")
  }
}
