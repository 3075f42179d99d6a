import Foundation
import Testing

/// A board that gets another name, and a card that gets into another board, with readings that wait.
@Suite("The buffer's device", .serialized)
struct DeviceNameTests {
  let workplace: Workplace
  var spool: String { workplace.path("spool") }
  var note: String { spool + "/device" }

  init() throws { workplace = try Workplace() }

  private func start(
    _ device: String, _ broker: String? = nil, every: String = "1s", uplink: String = ""
  ) throws -> Program {
    let text = Daemon.configuration(
      workplace, broker: try broker ?? "mqtt://127.0.0.1:\(try freePort())", uplink: uplink,
      buffer: "  durable_after: 1s",
      sensors: Daemon.twoSensors.replacingOccurrences(of: "every: 1s", with: "every: \(every)"))
    return try Daemon.start(
      workplace, configuration: text.replacingOccurrences(of: "id: testbench", with: "id: \(device)"),
      options: ["--simulate"])
  }

  private func tool(_ words: String...) throws -> (status: Int32?, text: String) {
    let program = try Program(programs + "/fieldpost", words)
    return (program.exitStatus(), program.lines.joined(separator: "\n"))
  }

  private func waiting() throws -> [String] {
    try tool("spool", "export", spool).text.split(separator: "\n").filter { $0.hasPrefix("{") }.map(String.init)
  }

  private func stop(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
  }

  /// Leaves readings that no broker has seen.
  private func fill(_ device: String) throws {
    let daemon = try start(device)
    try #require(eventually { ((try? waiting().count) ?? 0) > 4 }, "\(daemon.lines)")
    stop(daemon)
  }

  /// The messages that a broker gets from daemons of this name, by device, until nothing waits. New readings are rare, but one may come in the
  /// moment in which a daemon ends: then another one delivers it.
  private func delivered(_ device: String) throws -> (devices: [String: Int], lines: [String]) {
    let broker = try Broker(workplace)
    let subscriber = try Subscriber(port: broker.port)
    var lines: [String] = []
    for life in 2...20 {
      let count = try waiting().count
      if life > 2, count == 0 { break }
      let daemon = try start(device, broker.url, every: "1h")
      let isThere = subscriber.waits { messages in
        let reports = messages.filter { $0.json["state"] == nil }
        return (1..<life).contains { reports.ofStart($0).count >= count } && !reports.ofStart(life).isEmpty
      }
      #expect(isThere, "\(daemon.lines)")
      stop(daemon)
      lines += daemon.lines
    }
    #expect(try waiting().isEmpty)
    let devices = subscriber.messages.compactMap { $0.json["device"] as? String }
    return (devices.reduce(into: [:]) { $0[$1, default: 0] += 1 }, lines)
  }

  @Test("Another device does not start on readings that wait: status 78, what to do, and nothing is changed")
  func refused() throws {
    try fill("coldstore-7")
    let before = try waiting()
    let daemon = try start("coldstore-8")
    #expect(daemon.exitStatus() == 78, "\(daemon.lines)")
    let said = daemon.lines.first { $0.contains("[other-device]") } ?? ""
    let waits = "\(before.count) readings of the device coldstore-7 wait in \(spool), and device.id is coldstore-8"
    #expect(said.contains(waits), "\(daemon.lines)")
    #expect(said.contains("fieldpost spool rename coldstore-8 \(spool)"), "\(daemon.lines)")
    let check = try tool("check", workplace.path("devices.yaml"))
    #expect(check.status == 0, "\(check.text)")
    #expect(check.text.contains("fieldpostd would not start: \(waits)"), "\(check.text)")
    #expect(try waiting() == before)
    #expect(before.allSatisfy { $0.contains("\"device\":\"coldstore-7\"") })
    let (devices, _) = try delivered("coldstore-7")
    #expect(Array(devices.keys) == ["coldstore-7"], "\(devices)")
    #expect(devices["coldstore-7"] ?? 0 >= before.count)
    // Now nothing waits.
    let next = try start("coldstore-8")
    #expect(next.says("the buffer was the device coldstore-7's"), "\(next.lines)")
    stop(next)
    #expect(try tool("spool", "status", spool).text.contains("device   coldstore-8"))
  }

  @Test("Renamed by command, they go out under the new name; a daemon that runs is not disturbed")
  func renamed() throws {
    try fill("coldstore-7")
    #expect(try tool("spool", "rename", "cold store", spool).status == 64)
    let count = try waiting().count
    let renamed = try tool("spool", "rename", "coldstore-8", spool)
    let told = "\(spool): \(count) records of the device coldstore-7 will be published as the device coldstore-8's"
    #expect(renamed.status == 0, "\(renamed.text)")
    #expect(renamed.text == told, "\(renamed.text)")
    let (devices, lines) = try delivered("coldstore-8")
    #expect(Array(devices.keys) == ["coldstore-8"], "\(devices) \(lines)")
    let daemon = try start("coldstore-8")
    try #require(daemon.says("cannot connect"), "\(daemon.lines)")
    let refused = try tool("spool", "rename", "coldstore-9", spool)
    #expect(refused.status == 2, "\(refused.text)")
    #expect(refused.text.contains("fieldpostd is running"), "\(refused.text)")
    stop(daemon)
  }

  @Test(
    "A note that is damaged, far too long, or a pipe stops nothing: it is told, and made anew",
    arguments: ["damaged", "long", "pipe"])
  func damaged(how: String) throws {
    try fill("coldstore-7")
    switch how {
    case "damaged": try "coldstore-7\n".write(toFile: note, atomically: false, encoding: .utf8)
    case "long": try Data(count: 300 << 20).write(to: URL(fileURLWithPath: note))
    default: #expect(unlink(note) == 0 && mkfifo(note, 0o600) == 0)
    }
    let verify = try tool("spool", "verify", spool)
    #expect(verify.status == 1, "\(verify.text)")
    #expect(verify.text.contains("whose it is is unknown"), "\(verify.text)")
    let (devices, lines) = try delivered("coldstore-8")
    #expect(Array(devices.keys) == ["coldstore-8"], "\(devices)")
    #expect(lines.contains { $0.contains("[device-unknown]") }, "\(lines)")
    #expect(try tool("spool", "status", spool).text.contains("device   coldstore-8"))
  }

  @Test("The buffer of an older version has no note: what waits goes out, and it is this device's from then on")
  func older() throws {
    try fill("coldstore-7")
    #expect(unlink(note) == 0)
    let (devices, lines) = try delivered("coldstore-8")
    #expect(Array(devices.keys) == ["coldstore-8"], "\(lines)")
    #expect(lines.contains { $0.contains("[device-changed]") }, "\(lines)")
    #expect(try tool("spool", "status", spool).text.contains("device   coldstore-8"))
  }

  private func countWaiting() -> Int {
    let text = (try? tool("status", "--json", "--socket", workplace.path("status")).text) ?? ""
    let status = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return (status?["spool"] as? [String: Any])?["waiting"] as? Int ?? 0
  }

  /// With the link up a stop leaves nothing behind, so that a board can get another name.
  @Test("What was gathered goes out at a stop, and the device can be another one at the next start")
  func gathered() throws {
    let broker = try Broker(workplace)
    let gathering = "  batch: {readings: 100, gather: 10m}"
    let daemon = try start("coldstore-7", broker.url, uplink: gathering)
    try #require(eventually { countWaiting() > 4 }, "\(daemon.lines)")
    stop(daemon)
    #expect(try waiting().isEmpty)
    let next = try start("coldstore-8", broker.url, uplink: gathering)
    #expect(next.says("the buffer was the device coldstore-7's"), "\(next.lines)")
    stop(next)
  }

  @Test("With the same name the note is written once, at the first start")
  func writtenOnce() throws {
    try fill("coldstore-7")
    var (first, second) = (stat(), stat())
    #expect(stat(note, &first) == 0)
    try fill("coldstore-7")
    #expect(stat(note, &second) == 0)
    #expect(first.st_ino == second.st_ino)
  }
}
