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

  @Test(
    "A password that goes to another machine unencrypted is warned of at check and at the start, with the broker's name"
  )
  func inClear() throws {
    let uplink = "  username: field\n  password: {env: FIELD_PASSWORD}"
    // Nobody is there: RFC 5737.
    for (broker, name) in [("mqtt://192.0.2.1", "192.0.2.1:1883"), ("mqtt://127.0.0.1:1", nil)] {
      let daemon = try start(broker, uplink, environment: ["FIELD_PASSWORD": "hunter2"])
      #expect(daemon.says("[connecting]"), "\(daemon.lines)")
      let file = workplace.path("devices.yaml")
      let check = try Ended(["check", file], environment: ["FIELD_PASSWORD": "hunter2"])
      #expect(check.status == 0)
      let found = daemon.lines.filter { $0.contains("[password-in-clear]") }
      if let name {
        #expect(found.count == 1 && found[0].contains("the password goes to \(name) unencrypted"), "\(daemon.lines)")
        #expect(
          check.text.contains("warning: uplink.broker: with mqtt:// the password goes to \(name)"), "\(check.text)")
      } else {
        #expect(found.isEmpty)
        #expect(!check.text.contains("unencrypted"))
      }
      #expect(!check.text.contains("hunter2"))
      daemon.send(SIGTERM)
      #expect(daemon.exitStatus() == 0)
    }
  }

  @Test("Who is not root is told to use sudo, and nobody to open what is root's", .enabled(if: geteuid() == 0))
  func ordinaryUser() throws {
    _ = chmod(workplace.directory, 0o755)
    let secret = try workplace.write("hunter2", to: "closed/broker")
    _ = (chmod(secret, 0o600), chmod(workplace.path("closed"), 0o700))
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1", uplink: "  username: me\n  password: {file: \(secret)}",
        sensors: Daemon.twoSensors), to: "devices.yaml")
    let person = ["--reuid=4242", "--regid=4242", "--clear-groups", programs + "/fieldpost"]
    for command in ["check", "read"] {
      let run = try Ended("/usr/bin/setpriv", person + [command, file])
      #expect(run.status == 78, "\(run.text)")
      #expect(run.text.contains("Permission denied"), "\(run.text)")
      #expect(run.text.contains("use sudo"), "\(run.text)")
      #expect(!run.text.contains("chgrp"), "\(run.text)")
      #expect(!run.text.contains("chmod"), "\(run.text)")
    }
    _ = chmod(file, 0o600)
    let run = try Ended("/usr/bin/setpriv", person + ["check", file])
    #expect(run.status == 78, "\(run.text)")
    #expect(run.text.contains("use sudo"), "\(run.text)")
    #expect(!run.text.contains("chgrp"), "\(run.text)")
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
