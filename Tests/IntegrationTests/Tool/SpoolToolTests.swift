import Foundation
import Linux
import Telemetry
import Testing

@testable import Spool

/// `fieldpost spool`, as a technician uses it on the card of a dead board.
@Suite("The spool's tool", .serialized)
struct SpoolToolTests {
  let workplace: Workplace
  var spool: String { workplace.path("spool") }

  init() throws { workplace = try Workplace() }

  private struct Run {
    let status: Int32?
    let lines: [String]
    func says(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
    var text: String { lines.joined(separator: "\n") }
  }

  private func fieldpost(_ command: String, _ options: [String] = [], spool: String? = nil) throws -> Run {
    let program = try Program(programs + "/fieldpost", ["spool", command] + options + [spool ?? self.spool])
    return Run(status: program.exitStatus(), lines: program.lines)
  }

  // MARK: Spools

  private static let reading = "freezer-1"

  private func stamp(_ second: Int64) -> Stamp {
    Stamp(
      boot: BootID(7), uptime: Uptime(nanoseconds: second * 1_000_000_000),
      wall: WallTime(nanoseconds: (1_795_000_000 + second) * 1_000_000_000), synced: true)
  }

  private func reading(_ sequence: UInt64, _ quantities: [Quantity]? = nil) -> [UInt8] {
    let value = Quantity.temperature(Temperature(millicelsius: -18_000 + Int64(sequence) * 250))
    return ReportCoder.encode(
      .reading(
        Reading(
          identity: Identity(sensor: Self.reading, epoch: 1, sequence: sequence), time: stamp(Int64(sequence)),
          quantities: quantities ?? [value], quality: .good)))
  }

  /// The first `acknowledged` are settled.
  private func fill(_ records: [[UInt8]], acknowledged: Int = 0) throws {
    let now = Uptime(nanoseconds: 1)
    var options = SpoolOptions()
    options.firstEpoch = 1
    var ring = try Ring(
      opening: SegmentFiles(directory: spool), options: options, lossReporter: NoBooks(), now: now)
    for record in records { ring.append(record, critical: true, now: now) }
    for record in ring.next(after: nil, limit: acknowledged, now: now) { ring.acknowledge(record.number, now: now) }
    ring.close(now: now)
  }

  /// A block for each record, from slot 1 on.
  private func spread(_ records: [[UInt8]]) throws {
    try fill([])
    var block = try Block(decoding: [UInt8](content()["00000000.seg"]?.prefix(blockSize) ?? Data()))
    for (index, record) in records.enumerated() {
      (block.number, block.serial) = (block.number + 1, block.serial + 1)
      (block.first, block.records) = (UInt64(index), [record])
      try change(slot: index + 1) { $0 = block.encoded() }
    }
  }

  private func file(_ number: Int = 0) -> String { spool + "/" + SegmentFile.name(of: number) }

  private func change(slot: Int, _ change: (inout [UInt8]) -> Void) throws {
    let handle = try #require(FileHandle(forUpdatingAtPath: file()))
    try handle.seek(toOffset: UInt64(slot * blockSize))
    var block = [UInt8](try #require(try handle.read(upToCount: blockSize)))
    change(&block)
    try handle.seek(toOffset: UInt64(slot * blockSize))
    try handle.write(contentsOf: Data(block))
    try handle.close()
  }

  private func content() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: spool) {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: spool + "/" + name))
    }
    return files
  }

  // MARK: Damage

  @Test("A bad block is named by file, slot, byte and reason, with what is lost; the rest is exported; status 1")
  func badBlock() throws {
    try spread((1...9).map { reading($0) })
    try change(slot: 4) { $0[200] ^= 1 }
    let before = try content()
    for command in ["status", "verify", "export"] {
      let run = try fieldpost(command)
      #expect(run.status == 1, "\(command)")
      #expect(run.says("00000000.seg slot 4 (byte 16384): checksum 0x"), "\(run.text)")
      #expect(run.says("lost with it: 1 record (number 3)"), "\(run.text)")
    }
    let verdict = try fieldpost("verify").lines.last
    #expect(verdict == "\(spool): not clean: 1 bad block, 1 record lost")
    let exported = try fieldpost("export").lines.filter { $0.hasPrefix("{") }
    #expect(exported.count == 8)
    #expect(!exported.contains { $0.contains("\"sequence\":4,") })
    let dump = try fieldpost("dump")
    #expect(dump.status == 1)
    #expect(dump.says("\"slot\":4,\"offset\":16384,\"bad\":\"checksum"))
    #expect(try content() == before)
  }

  @Test("Blocks that became zeros, and a file cut short, are told too")
  func missing() throws {
    try spread((1...9).map { reading($0) })
    try change(slot: 2) { $0 = [UInt8](repeating: 0, count: blockSize) }
    var run = try fieldpost("verify")
    #expect(run.status == 1, "\(run.text)")
    #expect(run.says("1 record (number 1): lost, and no bad block is in their place"), "\(run.text)")
    #expect(truncate(file(), 20_480) == 0)
    run = try fieldpost("verify")
    #expect(run.says("00000000.seg slots 5 … 63 (bytes 20480 … 262143): cannot be read"), "\(run.text)")
    #expect(run.says("cut short, 20480 of 262144 bytes; nothing is known to be lost"), "\(run.text)")
  }

  @Test("Purging a spool with a bad block tells what is given up and what was lost already")
  func purgeDamaged() throws {
    try spread((1...9).map { reading($0) })
    try change(slot: 4) { $0[200] ^= 1 }
    let purge = try fieldpost("purge", ["--yes"])
    #expect(purge.status == 0)
    #expect(purge.lines.last == "8 records given up, 1 already lost; 2 reports of it will be published. Epoch 2")
    let left = try fieldpost("export").lines.filter { $0.hasPrefix("{") }
    #expect(left.count == 2 && left[0].contains("\"reason\":\"unreadable\",\"count\":1"), "\(left)")
    #expect(left.last?.contains("\"reason\":\"purged\",\"count\":8") == true)
    #expect(
      try fieldpost("purge", ["--yes"]).lines.last == "2 records given up; 2 reports of it will be published. Epoch 3")
  }

  @Test("A spool in which nothing waits is not touched by purging")
  func purgeEmpty() throws {
    try fill([reading(1)], acknowledged: 1)
    let before = try content()
    let purge = try fieldpost("purge", ["--yes"])
    #expect(purge.status == 0)
    #expect(purge.lines.last == "nothing waits: nothing was changed")
    #expect(try content() == before)
  }

  @Test("A record that cannot be decoded is named and left out; the others are exported")
  func undecodable() throws {
    try spread([reading(1), [1, 9, 0], reading(3)])
    let run = try fieldpost("export")
    #expect(run.status == 1)
    #expect(run.lines.filter { $0.hasPrefix("{") }.count == 2)
    #expect(run.says("00000000.seg slot 2 (byte 8192): record 1 cannot be decoded: unknown kind 9, at byte 1"))
    #expect(try fieldpost("verify").status == 1)
    #expect(try fieldpost("dump", ["--records"]).says("\"undecodable\":\"unknown kind 9, at byte 1\""))
  }

  @Test("No directory, no spool in it, an empty one, a newer one: a line that says so, status 2, nothing made")
  func notASpool() throws {
    func check(_ text: String) throws {
      for command in ["status", "verify", "dump", "export", "purge"] {
        let run = try fieldpost(command)
        #expect(run.status == 2, "\(command): \(run.text)")
        #expect(run.lines.count == 1, "\(command): \(run.text)")
        #expect(run.says(text), "\(command): \(run.text)")
      }
    }
    try check("open \(spool): No such file or directory")
    #expect(!FileManager.default.fileExists(atPath: spool))
    try workplace.write("hello", to: "spool/notes.txt")
    try check("not a spool: there are no segments")
    try Data(count: 262_144).write(to: URL(fileURLWithPath: file()))
    try check("an empty spool: nothing was ever written to it")
    try Data(repeating: 0x41, count: 262_144).write(to: URL(fileURLWithPath: file()))
    try check("no valid block; 0 blocks are broken, 64 hold something else")
    #expect(unlink(file()) == 0)
    try fill([reading(1)])
    try change(slot: 1) { bytes in
      bytes[3] = 2
      seal(&bytes)
    }
    try check("format version 2 (00000000.seg slot 1 (byte 4096)), this program knows version 1")
  }

  @Test("Another user may read what its modes let him read, and is told when they do not")
  func modes() throws {
    try fill([reading(1), reading(2)])
    // Without being allowed to write anything, or to open the lock.
    _ = (chmod(workplace.directory, 0o755), chmod(spool, 0o555), chmod(file(), 0o444))
    var run = try asNobody("export")
    #expect(run.status == 0, "\(run.text)")
    #expect(run.lines.count == 2, "\(run.text)")
    _ = chmod(file(), 0o000)
    run = try asNobody("status")
    #expect(run.status == 2, "\(run.text)")
    #expect(run.says("open \(file()): Permission denied"), "\(run.text)")
    _ = chmod(spool, 0o000)
    run = try asNobody("status")
    #expect(run.status == 2, "\(run.text)")
    #expect(run.says("open \(spool): Permission denied"), "\(run.text)")
    _ = chmod(spool, 0o755)
  }

  private func asNobody(_ command: String) throws -> Run {
    guard geteuid() == 0 else { return try fieldpost(command) }
    let program = try Program(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", programs + "/fieldpost", "spool", command, spool])
    return Run(status: program.exitStatus(), lines: program.lines)
  }

  // MARK: What is in it

  @Test("A spool that is well: verify says clean, status counts, as JSON too")
  func clean() throws {
    try fill((1...9).map { reading($0) }, acknowledged: 2)
    let verify = try fieldpost("verify")
    #expect(verify.status == 0, "\(verify.text)")
    #expect(verify.lines.last == "\(spool): clean", "\(verify.text)")
    let status = try fieldpost("status")
    #expect(status.status == 0)
    #expect(status.lines.contains("freezer-1  7        epoch 1 no. 3  epoch 1 no. 9"), "\(status.text)")
    #expect(status.says("2026-11-18T11:06:43.000Z  freezer-1  -17.25 °C"), "\(status.text)")
    let json = try fieldpost("status", ["--json"]).text
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let ledger = try #require(object["ledger"] as? [String: Int])
    #expect(
      ledger == [
        "taken": 9, "acknowledged": 2, "waiting": 7, "evicted": 0, "expired": 0, "lost": 0, "lost_found_now": 0,
      ])
  }

  @Test("The table has a row for each quantity, event and gap, and quotes what needs it")
  func table() throws {
    let event = Event(
      identity: Identity(sensor: Event.stream, epoch: 1, sequence: 1), time: stamp(2), kind: .sensorFault,
      sensor: "freezer-1", detail: "no answer, \"0x48\"")
    let span = Gap.Span(
      stream: "hall", first: Gap.Position(epoch: 1, sequence: 5), last: Gap.Position(epoch: 2, sequence: 9), count: 11)
    let gap = Gap(
      identity: Identity(sensor: Event.stream, epoch: 1, sequence: 2), time: stamp(3), reason: .evicted, count: 12,
      spans: [span])
    let quantities = [
      Quantity.temperature(Temperature(millicelsius: 21_500)), .humidity(RelativeHumidity(millipercent: 45_200)),
    ]
    let records = [
      reading(1), reading(2, quantities), ReportCoder.encode(.event(event)), ReportCoder.encode(.gap(gap)),
      reading(9, [.contact(true)]),
    ]
    try fill(records, acknowledged: 1)
    let run = try fieldpost("export", ["--csv", "--all", "--device", "coldstore-7"])
    let gapPlace = "evicted: from epoch 1 no. 5 to epoch 2 no. 9"
    #expect(run.status == 0)
    #expect(
      run.lines == [
        "time,clock,sensor,epoch,sequence,quantity,value,unit,quality,kind,detail,device,settled",
        "2026-11-18T11:06:41.000Z,synced,freezer-1,1,1,temperature,-17.75,°C,good,reading,,coldstore-7,yes",
        "2026-11-18T11:06:42.000Z,synced,freezer-1,1,2,temperature,21.5,°C,good,reading,,coldstore-7,no",
        "2026-11-18T11:06:42.000Z,synced,freezer-1,1,2,humidity,45.2,%,good,reading,,coldstore-7,no",
        "2026-11-18T11:06:42.000Z,synced,freezer-1,1,1,sensor_fault,,,,event,\"no answer, \"\"0x48\"\"\",coldstore-7,no",
        "2026-11-18T11:06:43.000Z,synced,hall,1,5,missing,11,,,gap,\(gapPlace),coldstore-7,no",
        "2026-11-18T11:06:43.000Z,synced,,1,2,missing,1,,,gap,\"evicted: in all, of these or other sensors\",coldstore-7,no",
        "2026-11-18T11:06:49.000Z,synced,freezer-1,1,9,contact,1,,good,reading,,coldstore-7,no",
      ])
  }

  @Test("What is settled is exported on demand only, and marked")
  func settled() throws {
    try fill([reading(1), reading(2)], acknowledged: 1)
    let line = { (sequence: Int, value: String) in
      "{\"device\":\"unknown\",\"sensor\":\"freezer-1\",\"epoch\":1,\"sequence\":\(sequence),"
        + "\"time\":\"2026-11-18T11:06:4\(sequence).000Z\",\"clock\":\"synced\","
        + "\"quantities\":{\"temperature\":{\"value\":\(value),\"unit\":\"°C\"}},\"quality\":\"good\""
    }
    #expect(try fieldpost("export").lines == [line(2, "-17.5") + "}"])
    #expect(
      try fieldpost("export", ["--all"]).lines == [line(1, "-17.75") + ",\"settled\":true}", line(2, "-17.5") + "}"])
  }

  @Test("A file is never overwritten unless told so")
  func output() throws {
    try fill([reading(1)])
    let file = try workplace.write("precious", to: "out.jsonl")
    var run = try fieldpost("export", ["--output", file])
    #expect(run.status == 2, "\(run.text)")
    #expect(run.says("make \(file): File exists; --force overwrites it"), "\(run.text)")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
    run = try fieldpost("export", ["--output", file, "--force"])
    #expect(run.status == 0)
    #expect(run.lines.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("{\"device\":\"unknown\""))
    run = try fieldpost("export", ["--output", workplace.path("none/out")])
    #expect(run.status == 2)
    #expect(run.says("No such file or directory"))
    #expect(try fieldpost("export", ["--force"]).status == 64)
    #expect(try fieldpost("export", ["--output", "/dev/full", "--force"]).says("write /dev/full: No space left"))
  }
}

/// Tells and reports nothing.
final class NoBooks: LossReporter {
  func isExpired(_ record: [UInt8]) -> Bool { false }
  func lost(_ record: [UInt8], _ reason: LossReason) {}
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {}
  func reports(epoch: UInt32) -> [[UInt8]] { [] }
}
