import Foundation
import Testing

/// The buffer's directory is taken away, or hidden, while the daemon runs.
@Suite("The buffer's directory while the daemon runs", .serialized)
struct BufferPlaceTests {
  let workplace: Workplace
  var spool: String { workplace.path("spool") }

  init() throws { workplace = try Workplace() }

  private func start() throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", buffer: "  durable_after: 1s",
        sensors: Daemon.twoSensors),
      options: ["--simulate"])
  }

  /// `sensor epoch sequence` of what waits.
  private func waiting(_ directory: String) throws -> Set<String> {
    let program = try Program(programs + "/fieldpost", ["spool", "export", directory])
    _ = program.exitStatus()
    let records = program.lines.compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    return Set(
      records.compactMap { record in
        guard let sensor = record["sensor"], let epoch = record["epoch"], let sequence = record["sequence"] else {
          return nil
        }
        return "\(sensor) \(epoch) \(sequence)"
      })
  }

  private func isFilled() -> Bool { eventually { ((try? waiting(spool).count) ?? 0) > 4 } }

  @Test("Removed: it is noticed and told, and the next start finds what waited, with a new epoch")
  func removed() throws {
    let daemon = try start()
    try #require(isFilled(), "\(daemon.lines)")
    let before = try waiting(spool)
    try FileManager.default.removeItem(atPath: spool)
    #expect(daemon.says("[disk-failed]"), "\(daemon.lines)")
    #expect(daemon.exitStatus(within: .seconds(60)) == 75, "\(daemon.lines)")
    #expect(daemon.lines.contains { $0.contains("[disk-appeared]") }, "\(daemon.lines)")
    #expect(try waiting(spool).isSuperset(of: before))
    let next = try start()
    let words = try #require(before.first).split(separator: " ")
    let epoch = try #require(words.dropFirst().first)
    #expect(eventually { (try? waiting(spool).contains { !$0.contains(" \(epoch) ") }) ?? false }, "\(next.lines)")
    next.send(SIGTERM)
    #expect(next.exitStatus() == 0)
    #expect(try waiting(spool).isSuperset(of: before))
  }

  @Test(
    "A start makes the directory's names durable before it writes a block: a killed process may not have saved them",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
  func syncedDirectory() throws {
    let first = try start()
    try #require(isFilled(), "\(first.lines)")
    first.send(SIGTERM)
    #expect(first.exitStatus() == 0)
    let calls = workplace.path("calls")
    let file = workplace.path("devices.yaml")
    let second = try Program(
      "/usr/bin/strace",
      ["-f", "-y", "-o", calls, "-e", "trace=fsync,fdatasync,pwrite64", programs + "/fieldpostd", "--simulate", file],
      environment: ["RUNTIME_DIRECTORY": workplace.directory])
    try #require(second.says("device testbench", within: .seconds(60)), "\(second.lines)")
    second.end()
    let lines = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
    let sync = try #require(lines.firstIndex { $0.contains("fsync(") && $0.contains("<\(spool)>)") }, "\(lines)")
    let write = try #require(lines.firstIndex { $0.contains("pwrite64(") && $0.contains(".seg>") }, "\(lines)")
    #expect(sync < write, "\(lines.prefix(20))")
  }

  @Test("Removed, and ended at once: nothing that waited is gone without a word")
  func removedAtTheEnd() throws {
    let daemon = try start()
    try #require(isFilled(), "\(daemon.lines)")
    let before = try waiting(spool)
    try FileManager.default.removeItem(atPath: spool)
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
    #expect(try waiting(spool).isSuperset(of: before), "\(daemon.lines)")
  }

  @Test("Renamed: readings wait in memory, and it is used again when it is back")
  func renamed() throws {
    let daemon = try start()
    try #require(isFilled(), "\(daemon.lines)")
    #expect(rename(spool, workplace.path("aside")) == 0)
    #expect(daemon.says("[disk-failed]"), "\(daemon.lines)")
    #expect(rename(workplace.path("aside"), spool) == 0)
    #expect(daemon.says("[disk-recovered]", within: .seconds(90)), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  /// Mounts are for root, in a namespace of its own.
  private static let mayMount =
    geteuid() == 0 && (try? Program("/usr/bin/unshare", ["-m", "true"]).exitStatus()) == 0

  @Test(
    "Hidden by a mount: it is told, what waited is moved there, and no identity comes twice",
    .enabled(if: mayMount))
  func hidden() throws {
    let (port, disk) = (try freePort(), workplace.path("disk"))
    let text = Daemon.configuration(
      workplace, broker: "mqtt://127.0.0.1:\(port)", buffer: "  durable_after: 1s", sensors: Daemon.twoSensors)
    let file = try workplace.write(text.replacingOccurrences(of: spool, with: disk + "/spool"), to: "devices.yaml")
    try workplace.write(
      """
      mount -t tmpfs tmpfs \(disk)
      mkdir \(disk)/spool
      """, to: "mount.sh")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let go = workplace.path("go")
    let script = """
      export RUNTIME_DIRECTORY=\(workplace.directory)
      \(programs)/fieldpostd --simulate \(file) & daemon=$!
      while [ ! -e \(go) ]; do sleep 0.1; done
      . \(workplace.path("mount.sh"))
      wait $daemon
      echo "ended with $?"
      \(programs)/fieldpost spool export \(disk)/spool > \(workplace.path("export"))
      """
    let daemon = try Program("/usr/bin/unshare", ["-m", "sh", "-c", script])
    try #require(eventually { ((try? waiting(disk + "/spool").count) ?? 0) > 4 }, "\(daemon.lines)")
    let before = try waiting(disk + "/spool")
    try workplace.write("", to: "go")
    #expect(daemon.exitStatus(within: .seconds(90)) == 0, "\(daemon.lines)")
    #expect(daemon.lines.contains { $0.contains("[disk-failed]") }, "\(daemon.lines)")
    #expect(daemon.lines.contains("ended with 75"), "\(daemon.lines)")
    let moved = try String(contentsOfFile: workplace.path("export"), encoding: .utf8)
    for reading in before.filter({ !$0.hasPrefix("event") }) {
      let words = reading.split(separator: " ")
      let isThere = moved.split(separator: "\n").contains {
        $0.contains("\"sensor\":\"\(words[0])\"") && $0.contains("\"epoch\":\(words[1])")
          && $0.contains("\"sequence\":\(words[2])")
      }
      #expect(isThere, "\(reading) in \(moved)")
    }
  }

  @Test("A buffer that is a file, or a link to nothing: readings are kept, and the line says what is wrong")
  func words() throws {
    try workplace.write("x", to: "spool")
    let daemon = try start()
    #expect(daemon.says("\(spool) is no directory"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    try FileManager.default.removeItem(atPath: spool)
    try FileManager.default.createSymbolicLink(atPath: spool, withDestinationPath: "/mnt/no-such-disk")
    let second = try start()
    #expect(second.says("\(spool) is a link to /mnt/no-such-disk, which is not there"), "\(second.lines)")
    second.send(SIGTERM)
    #expect(second.exitStatus() == 0)
  }

  @Test(
    "A buffer that root made, and a daemon of another user: whose it is, and the command", .enabled(if: geteuid() == 0))
  func others() throws {
    try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
    chmod(workplace.directory, 0o755)
    chmod(spool, 0o700)
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors), to: "devices.yaml")
    chmod(file, 0o644)
    let daemon = try asNobody(file)
    let whose = "\(spool) belongs to root (mode 0700), and the daemon runs as nobody: chown -R nobody: \(spool)"
    #expect(daemon.says(whose), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    // The same with files that root has left in a directory of the daemon's.
    try workplace.write("", to: "spool/lock")
    chmod(spool + "/lock", 0o600)
    chown(spool, 65_534, 65_534)
    let second = try asNobody(file)
    let mend = "\(spool)/lock belongs to root (mode 0600), and the daemon runs as nobody: chown -R nobody: \(spool)"
    #expect(second.says(mend), "\(second.lines)")
    second.send(SIGTERM)
    #expect(second.exitStatus() == 0)
  }

  @Test(
    "A buffer in another user's folder: the command makes the buffer's directory, and gives away nothing else",
    .enabled(if: geteuid() == 0), arguments: ["", "/site/data"])
  func othersFolder(below: String) throws {
    let folder = workplace.directory + below
    if !below.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    chmod(workplace.directory, 0o755)
    let spool = folder + "/spool"
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors
      ).replacing(self.spool, with: spool), to: "devices.yaml")
    chmod(file, 0o644)
    let daemon = try asNobody(file)
    let whose = "\(folder) belongs to root (mode 0755), and the daemon runs as nobody"
    #expect(daemon.says("\(whose): as root: install -d -o nobody \(spool)"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  private func asNobody(_ file: String) throws -> Program {
    try Program(
      "/usr/bin/setpriv",
      ["--reuid=nobody", "--regid=nogroup", "--clear-groups", programs + "/fieldpostd", "--simulate", file],
      environment: ["RUNTIME_DIRECTORY": workplace.directory])
  }

  @Test("Started by hand: the folder of the status socket is made, and the status answers") func statusFolder() throws {
    let file = try workplace.write(
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors), to: "devices.yaml")
    let folder = workplace.path("run/")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let daemon = try Program(
      programs + "/fieldpostd", ["--simulate", file], environment: ["RUNTIME_DIRECTORY": folder + "fieldpost"])
    try #require(daemon.says("device testbench"), "\(daemon.lines)")
    let status = try Program(
      programs + "/fieldpost", ["status", "--json", "--socket", folder + "fieldpost/status"])
    _ = status.exitStatus()
    #expect(status.lines.contains { $0.contains("\"device\":\"testbench\"") }, "\(status.lines) \(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }
}
