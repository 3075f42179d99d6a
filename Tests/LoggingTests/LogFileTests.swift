import Foundation
import Linux
import Synchronization
import Telemetry
import Testing

@testable import Logging

@Suite("When gathered lines are written")
struct GatheredLinesTests {
  private var gathered = GatheredLines()

  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }
  private mutating func taken(at seconds: Int64) -> String {
    String(decoding: gathered.take(at: at(seconds)).bytes, as: UTF8.self)
  }

  @Test("Five minutes after the first, all together; nothing is due when nothing waits")
  mutating func patience() {
    #expect(gathered.due == nil)
    gathered.add("one", .info, at: at(100))
    gathered.add("two", .warning, at: at(300))
    #expect(gathered.due == at(400))
    let batch = gathered.take(at: at(400))
    #expect(String(decoding: batch.bytes, as: UTF8.self) == "one\ntwo\n")
    #expect(!batch.hasError)
    #expect(gathered.due == nil)
  }

  @Test("An error a second later, with what came before it; the next ones ten seconds later")
  mutating func errors() {
    gathered.add("one", .info, at: at(0))
    gathered.add("bad", .error, at: at(1))
    gathered.add("why", .info, at: at(1))
    #expect(gathered.due == at(2))
    let batch = gathered.take(at: at(2))
    #expect(String(decoding: batch.bytes, as: UTF8.self) == "one\nbad\nwhy\n")
    #expect(batch.hasError)
    gathered.add("worse", .error, at: at(3))
    #expect(gathered.due == at(12))
    gathered.add("worst", .error, at: at(5))
    #expect(gathered.due == at(12))
  }

  @Test("Four KiB need not wait")
  mutating func enough() {
    for _ in 0..<40 { gathered.add(String(repeating: "x", count: 99), .debug, at: at(0)) }
    #expect(gathered.due == at(300))
    gathered.add(String(repeating: "x", count: 99), .debug, at: at(0))
    #expect(gathered.due == at(1))
  }

  @Test("What cannot be written stays in order, up to a limit; beyond that lines are counted")
  mutating func full() {
    gathered.add("first", .error, at: at(0))
    var failed = gathered.take(at: at(1))
    gathered.add("second", .info, at: at(1))
    gathered.putBack(failed, at: at(2))
    #expect(gathered.due == at(12))
    failed = gathered.take(at: at(12))
    #expect(String(decoding: failed.bytes, as: UTF8.self) == "first\nsecond\n")
    #expect(failed.hasError)
    gathered.putBack(failed, at: at(12))
    for _ in 0..<1_000 { gathered.add(String(repeating: "x", count: 99), .info, at: at(13)) }
    for time in 3..<50 {
      failed = gathered.take(at: at(Int64(time) * 10))
      // More come while the disk holds these up.
      for _ in 0..<100 { gathered.add(String(repeating: "y", count: 99), .info, at: at(Int64(time) * 10)) }
      gathered.putBack(failed, at: at(Int64(time) * 10))
    }
    let last = taken(at: 1_000)
    #expect(last.utf8.count <= GatheredLines.capacity + 100)
    #expect(last.hasPrefix("first\nsecond\nxxx"))
    let kept = last.split(separator: "\n").count - 3
    #expect(last.hasSuffix("x\n-- \(1_000 + 47 * 100 - kept) lines dropped here: there was no room\n"))
  }
}

@Suite("A file of lines")
struct LineFileTests {
  private let folder = NSTemporaryDirectory() + "/fieldpost-lines-" + UUID().uuidString
  private var path: String { folder + "/log" }

  private func file(limit: Int = 10, keep: Int = 2) -> LineFile {
    LineFile(path: path, limit: limit, keep: keep, mode: 0o640)
  }
  private func clean() { try? FileManager.default.removeItem(atPath: folder) }
  private func contents() throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) })
  }

  @Test("A full one is numbered, the oldest goes; the folder is made, a line is never split")
  func rotation() throws {
    defer { clean() }
    for line in ["one\n", "two\n", "three\n", "a line of its own\n", "four\n", "five\n"] {
      try file().append(Array(line.utf8), synced: line == "two\n")
    }
    #expect(try contents() == ["log": "four\nfive\n", "log.1": "a line of its own\n", "log.2": "three\n"])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
    #expect(mode.map { $0.intValue & 0o137 } == 0)
  }

  @Test("When fewer are to be kept, the rest goes too; a gap is no obstacle")
  func fewer() throws {
    defer { clean() }
    for line in ["aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n", "dddddddd\n"] { try file(keep: 3).append(Array(line.utf8)) }
    try FileManager.default.removeItem(atPath: path + ".1")
    try file(keep: 1).append(Array("eeeeeeee\n".utf8))
    #expect(try contents() == ["log": "eeeeeeee\n", "log.1": "dddddddd\n"])
  }

  @Test("Somebody else may rename or remove it")
  func others() throws {
    defer { clean() }
    try file().append(Array("one\n".utf8))
    try FileManager.default.moveItem(atPath: path, toPath: folder + "/taken")
    try file().append(Array("two\n".utf8))
    #expect(try contents() == ["log": "two\n", "taken": "one\n"])
  }

  @Test("No room, no folder, not a file: an error that says which")
  func faults() throws {
    defer { clean() }
    let line = Array("one\n".utf8)
    let full = LineFile(path: "/dev/full", limit: 10, keep: 1, mode: 0o640)
    #expect(throws: SystemError("write /dev/full", code: ENOSPC)) { try full.append(line) }
    let deep = LineFile(path: folder + "/a/b", limit: 10, keep: 1, mode: 0o640)
    #expect(throws: SystemError("open \(deep.path)", code: ENOENT).explained(by: deep.path)) { try deep.append(line) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let taken = SystemError("open \(path)", code: EISDIR).explained(by: path)
    #expect(throws: taken) { try file(limit: 1 << 20).append(line) }
  }

  @Test("A line that fits in part is taken back whole", .enabled(if: getuid() == 0, "mounting needs root"))
  func torn() throws {
    defer { clean() }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    try #require(mount("tmpfs", folder, "tmpfs", 0, "size=\(page)") == 0)
    defer { umount2(folder, Int32(MNT_DETACH)) }
    let first = [UInt8](repeating: UInt8(ascii: "x"), count: page - 4) + Array("\n".utf8)
    try file(limit: 1 << 20).append(first)
    #expect(throws: SystemError("write \(path)", code: ENOSPC)) {
      try file(limit: 1 << 20).append(Array("one\ntwo\n".utf8))
    }
    #expect(try contents()["log"]?.utf8.count == page - 3)
    try file(limit: 1 << 20).append(Array("1\n".utf8))
    #expect(try contents()["log"]?.hasSuffix("x\n1\n") == true)
  }

  @Test("A log's file tells once that it fails, and once that it works again; nothing is lost meanwhile")
  func story() throws {
    defer { clean() }
    let moments = Mutex([Uptime]())
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let log = LogFile(file(limit: 1 << 20)) { _, due in moments.withLock { $0.append(due) } }
    let begin = SystemClock.uptime()
    log.add("calm", .info)
    log.add("calmer", .info)
    log.add("bad", .error)
    #expect(log.write() == nil)
    #expect(log.write(now: true) == .failed(SystemError("open \(path)", code: EISDIR).explained(by: path)))
    #expect(log.write(now: true) == nil)
    #expect(log.written == 0)
    let waits = moments.withLock { $0 }.map { $0 - begin }
    #expect(waits.count == 4 && waits[0] >= GatheredLines.patience && waits[1] < GatheredLines.patience)
    #expect(waits[2] >= GatheredLines.pause)
    #expect(waits[3] >= GatheredLines.pause)
    try FileManager.default.removeItem(atPath: path)
    #expect(log.write(now: true) == .recovered)
    #expect(try contents() == ["log": "calm\ncalmer\nbad\n"])
    #expect(log.write(now: true) == nil)
    #expect(log.written == 16)
  }
}
