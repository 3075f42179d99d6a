import Foundation
import Testing

@Suite("User name and password", .serialized)
struct SecurityTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func start(_ broker: String, _ uplink: String, environment: [String: String] = [:]) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: broker, uplink: uplink, sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: environment)
  }

  @Test("User name and password, from a file and from the environment", arguments: ["file", "env"])
  func password(_ source: String) throws {
    let secret = "s3cret-\(UUID().uuidString)"
    let users = workplace.path("users")
    let hash = try Program("/usr/bin/mosquitto_passwd", ["-b", "-c", users, "field", secret])
    #expect(hash.exitStatus() == 0, "\(hash.lines)")
    _ = chmod(users, 0o644)  // the broker gives up root
    let broker = try Broker(workplace, settings: "allow_anonymous false\npassword_file \(users)")
    let file = try workplace.write(secret + "\n", to: "password")
    _ = chmod(file, 0o600)
    let given = source == "file" ? "{file: \(file)}" : "{env: FIELD_PASSWORD}"
    let daemon = try start(
      broker.url, "  username: field\n  password: \(given)", environment: ["FIELD_PASSWORD": secret])
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(!daemon.lines.contains { $0.contains(secret) })
  }

  @Test("A wrong password: the broker's refusal is in the log, the password is not", arguments: ["5", "3.1.1"])
  func wrongPassword(_ version: String) throws {
    let users = workplace.path("users")
    #expect(try Program("/usr/bin/mosquitto_passwd", ["-b", "-c", users, "field", "right"]).exitStatus() == 0)
    _ = chmod(users, 0o644)
    let broker = try Broker(workplace, settings: "allow_anonymous false\npassword_file \(users)")
    let daemon = try start(
      broker.url, "  username: field\n  protocol: \(version)\n  password: {env: FIELD_PASSWORD}",
      environment: ["FIELD_PASSWORD": "entirely-wrong"])
    #expect(daemon.says("cannot connect: the broker said"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains("entirely-wrong") })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }
}
