import Foundation
import Telemetry
import Testing

/// `fieldpost spool` and the daemon, on the same spool.
@Suite("The spool's tool beside the daemon", .serialized)
struct SpoolDaemonTests {
  let workplace: Workplace
  var spool: String { workplace.path("spool") }

  init() throws { workplace = try Workplace() }

  private func fieldpost(_ command: String, _ options: [String] = []) throws -> (status: Int32?, lines: [String]) {
    let program = try Program(programs + "/fieldpost", ["spool", command] + options + [spool])
    return (program.exitStatus(), program.lines)
  }

  private func start(_ broker: String) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: broker, buffer: "  durable_after: 1s", sensors: Daemon.twoSensors),
      options: ["--simulate"])
  }

  /// Leaves readings in the spool that no broker has seen.
  private func fillByDaemon() throws {
    let daemon = try start("mqtt://127.0.0.1:\(try freePort())")
    let isFilled = eventually { (try? objects(fieldpost("export").lines).count > 4) ?? false }
    try #require(isFilled, "\(daemon.lines)")
    daemon.send(SIGTERM)
    try #require(daemon.exitStatus() == 0)
  }

  private func objects(_ lines: [String]) -> [NSDictionary] {
    lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary }
  }

  @Test("What is exported is what the daemon publishes when the broker is back, in the same order")
  func sameAsPublished() throws {
    try fillByDaemon()
    let exported = try fieldpost("export", ["--config", workplace.path("devices.yaml")])
    #expect(exported.status == 0, "\(exported.lines)")
    #expect(exported.lines.count > 4, "\(exported.lines)")
    let broker = try Broker(workplace)
    let subscriber = try Subscriber(port: broker.port)
    let daemon = try start(broker.url)
    #expect(subscriber.waits { $0.ofStart(2).contains { $0.json["quantities"] != nil } }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let published = subscriber.messages.ofStart(1).filter { $0.json["state"] == nil }
    #expect(published.map { $0.json as NSDictionary } == objects(exported.lines))
  }

  @Test("A buffer of a newer version is refused with status 73 and what to do, and stays as it is")
  func downgrade() throws {
    try fillByDaemon()
    let segment = URL(fileURLWithPath: spool + "/00000000.seg")
    var bytes = try Data(contentsOf: segment)
    try #require(bytes.starts(with: [0x46, 0x50, 0x42, 1]))
    bytes[3] = 2  // the checksum begins behind it
    try bytes.write(to: segment)
    let daemon = try start("mqtt://127.0.0.1:\(try freePort())")
    #expect(daemon.exitStatus() == 73)
    let said = daemon.lines.first { $0.contains("has format version 2, this program knows version 1") }
    #expect(said?.contains("install the fieldpost that wrote it again; nothing was changed") == true, "\(daemon.lines)")
    #expect(try Data(contentsOf: segment) == bytes)
  }

  @Test("While a daemon runs: reading says that it is a snapshot, purging is refused, and the daemon is not disturbed")
  func running() throws {
    try fillByDaemon()
    let daemon = try start("mqtt://127.0.0.1:\(try freePort())")
    try #require(daemon.says("cannot connect"), "\(daemon.lines)")
    for command in ["status", "verify", "dump", "export"] {
      let run = try fieldpost(command)
      #expect(run.status != 2, "\(run.lines)")
      #expect(run.lines.contains { $0.contains("in use by a running fieldpostd") }, "\(run.lines)")
    }
    let purge = try fieldpost("purge", ["--yes"])
    #expect(purge.status == 2)
    #expect(
      purge.lines == [
        "\(spool): fieldpostd is running: stop it first (systemctl stop fieldpost). Nothing was changed"
      ])
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(!daemon.lines.contains { $0.contains("spool: the disk") }, "\(daemon.lines)")
    #expect(try fieldpost("verify").status == 0)
  }

  @Test("Purging gives everything up, leaves an exact report of it, and goes on with the epochs")
  func purge() throws {
    try fillByDaemon()
    let before = objects(try fieldpost("export").lines)
    let refused = try fieldpost("purge")
    #expect(refused.status == 2, "\(refused.lines)")
    #expect(refused.lines.last?.contains("nobody to ask") == true, "\(refused.lines)")
    #expect(objects(try fieldpost("export").lines) == before)
    let first = try #require(before.first?["epoch"] as? Int)

    let purge = try fieldpost("purge", ["--yes"])
    #expect(purge.status == 0, "\(purge.lines)")
    let told = "\(before.count) records given up; 1 report of it will be published. Epoch \(first + 1)"
    #expect(purge.lines.last == told)
    let left = objects(try fieldpost("export").lines)
    #expect(left.count == 1)
    #expect(left.first?["event"] as? String == "gap")
    #expect(left.first?["reason"] as? String == "purged")
    #expect(left.first?["epoch"] as? Int == first + 1)
    #expect(left.first?["count"] as? Int == before.count)
    let spans = left.first?["gaps"] as? [[String: Any]] ?? []
    #expect(spans.compactMap { $0["sensor"] as? String } == ["a", "b", "event"])
    let counts = spans.compactMap { $0["count"] as? Int }
    #expect(counts.reduce(0, +) == before.count)
    #expect(try fieldpost("verify").lines.last == "\(spool): clean")

    let broker = try Broker(workplace)
    let subscriber = try Subscriber(port: broker.port)
    let daemon = try start(broker.url)
    #expect(
      subscriber.waits { $0.contains { $0.epoch == first + 2 && $0.json["quantities"] != nil } }, "\(daemon.lines)")
    #expect(subscriber.messages.contains { $0.epoch == first + 1 && $0.json["event"] as? String == "gap" })
    #expect(!subscriber.messages.contains { $0.epoch == first })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("On a terminal it asks, and only \"yes\" is yes", arguments: ["no", "y", "", "yes"])
  func asks(answer: String) throws {
    try fillByDaemon()
    let command = "\(programs)/fieldpost spool purge \(spool)"
    let terminal = try Program(
      "/bin/sh", ["-c", "echo \(answer) | script -qec '\(command)' /dev/null"])
    let status = terminal.exitStatus()
    let isPurged = answer == "yes"
    #expect(status == (isPurged ? 0 : 2), "\(terminal.lines)")
    let left = objects(try fieldpost("export").lines)
    #expect((left.first?["reason"] as? String == "purged") == isPurged)
    #expect(isPurged == (left.count == 1))
  }

  @Test("What root purges still belongs to the daemon's user", .enabled(if: geteuid() == 0))
  func owner() throws {
    try fillByDaemon()
    _ = chmod(workplace.directory, 0o755)
    for name in [""] + (try FileManager.default.contentsOfDirectory(atPath: spool)) {
      #expect(chown(spool + "/" + name, 65_534, 65_534) == 0)
    }
    #expect(unlink(spool + "/lock") == 0)
    #expect(try fieldpost("purge", ["--yes"]).status == 0)
    for name in try FileManager.default.contentsOfDirectory(atPath: spool) {
      let attributes = try FileManager.default.attributesOfItem(atPath: spool + "/" + name)
      #expect(attributes[.ownerAccountID] as? Int == 65_534, "\(name)")
    }
    #expect(FileManager.default.fileExists(atPath: spool + "/lock"))
  }
}
