import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Linux
@testable import Spool

/// The ring on real files.
@Suite struct SegmentFilesTests {
  private final class Directory {
    let path = FileManager.default.temporaryDirectory.path + "/fieldpost-\(UUID().uuidString)"
    var spool: String { path + "/a/spool" }
    func segment(_ number: Int) -> String { spool + "/0000000\(number).seg" }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func open(_ directory: Directory) throws -> Ring {
    try Ring(opening: SegmentFiles(directory: directory.spool), options: SpoolOptions(), now: start)
  }

  private func attributes(_ path: String) throws -> [FileAttributeKey: Any] {
    try FileManager.default.attributesOfItem(atPath: path)
  }

  @Test("Directories and files are made with tight modes, segments in full size")
  func modes() throws {
    let directory = Directory()
    let ring = try open(directory)
    for path in [directory.path, directory.path + "/a", directory.spool] {
      #expect(try attributes(path)[.posixPermissions] as? Int == 0o700)
    }
    #expect(try attributes(directory.segment(0))[.posixPermissions] as? Int == 0o600)
    #expect(try attributes(directory.segment(0))[.size] as? Int == 262_144)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.spool).sorted() == ["00000000.seg", "lock"])
    #expect(ring.epoch == 1)
  }

  @Test("Records survive being closed and opened, over several segments")
  func roundTrip() throws {
    let directory = Directory()
    var ring: Ring? = try open(directory)
    for number in 0..<2_000 as Range<RecordNumber> { ring?.append(payload(number), critical: false, now: start) }
    ring?.close(now: start)
    ring = nil
    ring = try open(directory)
    #expect(ring?.epoch == 2)
    #expect(ring?.live.count == 4)
    #expect(ring?.readAll() == (0..<2_000).map { SpooledRecord(number: $0, bytes: payload($0)) })
  }

  @Test("A second opener is told who is in the way, and gets in when the first has gone")
  func locked() throws {
    let directory = Directory()
    var first: Ring? = try open(directory)
    #expect(
      throws: StorageError(
        "lock \(directory.spool)/lock, which another process holds: is fieldpostd running already?", code: EWOULDBLOCK)
    ) { try SegmentFiles(directory: directory.spool).segments() }
    #expect(first?.epoch == 1)
    first = nil
    #expect(try open(directory).epoch == 2)
  }

  @Test("A second opener stays out also where the lock file was removed, or the directory's files all were")
  func lockRemoved() throws {
    let directory = Directory()
    var first: Ring? = try open(directory)
    for names in [["lock"], ["lock", "00000000.seg"]] {
      for name in names { unlink(directory.spool + "/" + name) }
      #expect(throws: StorageError.self) { try SegmentFiles(directory: directory.spool).segments() }
      #expect(throws: StorageError.self) { try self.open(directory) }
      // The other process's file is not ours to lock, or to write to.
      first?.confirmPlace(now: start)
      #expect(first?.counters.degraded == true)
      first?.tick(now: start + .seconds(120))
    }
    first = nil
    _ = try open(directory)
  }

  /// A damaged inode: EUCLEAN (ext4), EIO.
  @Test("A file that cannot be examined is left out, and the others are used", arguments: [EUCLEAN, EIO])
  func damagedInode(code: Int32) throws {
    let directory = Directory()
    var ring: Ring? = try open(directory)
    for _ in 0..<180 { ring?.appendBlock() }
    let live = try #require(ring?.live)
    try #require(live.count == 3)
    let gone = live[1].first..<live[2].first
    ring = nil
    let files = SegmentFiles(directory: directory.spool) { folder, name, status in
      guard name != "00000001.seg" else {
        errno = code
        return -1
      }
      return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW)
    }
    var damaged = try Ring(opening: files, options: SpoolOptions(), now: start)
    #expect(damaged.counters.degraded == false && damaged.excluded == [1] && damaged.epoch >= 66)
    let found = damaged.readAll(portion: 50).map(\.number)
    #expect(found == Array(0..<gone.lowerBound) + Array(gone.upperBound..<180), "\(found)")
    #expect(damaged.counters.lost == gone.count)
    #expect(damaged.addsUp)
    damaged.appendBlock()
    #expect(damaged.counters.durable == 181 - gone.count)
  }

  /// Damage to a file system can leave either; it must not take the others out of service.
  @Test("A file in a segment's place that is too long, or no file, is left out and left as it is; alone it is refused")
  func foreignSize() throws {
    let directory = Directory()
    var ring: Ring? = try open(directory)
    ring?.appendBlock()
    ring = nil
    let content = Data(repeating: 0x41, count: 262_145)
    try content.write(to: URL(fileURLWithPath: directory.segment(7)))
    ring = try open(directory)
    #expect(ring?.excluded == [7])
    #expect(ring?.epoch == 66)
    #expect(ring?.readAll().map(\.number) == [0])
    ring = nil
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.segment(7))) == content)
    try FileManager.default.removeItem(atPath: directory.segment(7))
    try FileManager.default.createDirectory(atPath: directory.segment(7), withIntermediateDirectories: false)
    ring = try open(directory)
    #expect(ring?.excluded == [7] && ring?.counters.degraded == false && ring?.readAll().map(\.number) == [0])
    ring = nil
    try FileManager.default.removeItem(atPath: directory.segment(0))
    #expect(throws: StorageError.self) { try open(directory) }
  }

  @Test("A file of the right size that is no segment is left out and left as it is; alone it is refused")
  func foreignContent() throws {
    let directory = Directory()
    _ = try open(directory)
    let content = Data(repeating: 0x41, count: 262_144)
    try content.write(to: URL(fileURLWithPath: directory.segment(7)))
    #expect(try open(directory).excluded == [7])
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.segment(7))) == content)
    try FileManager.default.removeItem(atPath: directory.segment(0))
    #expect(throws: StorageError(refusing: "open spool: segment 7 is not part of a spool; nothing was changed")) {
      try open(directory)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.segment(7))) == content)
  }

  @Test("Files with other names are nobody's business")
  func otherFiles() throws {
    let directory = Directory()
    _ = try open(directory)
    for name in ["notes.txt", "1.seg", "0000000x.seg", "+0000001.seg", "000000001.seg", "segment.new"] {
      try Data("hello".utf8).write(to: URL(fileURLWithPath: directory.spool + "/" + name))
    }
    #expect(try SegmentFiles(directory: directory.spool).segments() == [0])
    #expect(try open(directory).epoch == 2)
  }

  @Test("A file cut short costs the records that were in the part that is gone, exactly")
  func truncated() throws {
    let directory = Directory()
    var ring: Ring? = try open(directory)
    for _ in 0..<100 { ring?.appendBlock() }
    ring = nil
    #expect(truncate(directory.segment(0), 10 * 4_096 + 100) == 0)
    ring = try open(directory)
    #expect(ring?.readAll().map(\.number) == Array(0..<9) + Array(62..<100))
    #expect(ring?.counters.lost == 53)
    #expect(ring?.addsUp == true)
  }

  @Test("A directory that cannot be made is named, with the reason")
  func noDirectory() throws {
    let directory = Directory()
    try Data().write(to: URL(fileURLWithPath: directory.path))
    let reason = "\(directory.path) is no directory"
    #expect(throws: StorageError("make directory \(directory.spool)", code: ENOTDIR, reason: reason)) {
      try SegmentFiles(directory: directory.spool).segments()
    }
  }

  @Test("A large spool needs few descriptors")
  func fewDescriptors() throws {
    let directory = Directory()
    let files = SegmentFiles(directory: directory.spool)
    for number in 0..<40 { try files.createSegment(number) }
    for number in 0..<40 {
      try files.write([UInt8](repeating: UInt8(number), count: 4_096), slot: number * 64)
      try files.sync(segment: number)
    }
    for number in 0..<40 { #expect(try files.read(slot: number * 64).first == UInt8(number)) }
    let own = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
      return target?.hasPrefix(directory.spool) == true
    }
    // And the lock, and the directory twice.
    #expect(own.count <= 19)
  }

  @Test("A directory that is gone is not made again, and can be read; when it is back it is still locked, and used")
  func reopened() throws {
    let directory = Directory()
    let files = SegmentFiles(directory: directory.spool)
    try files.createSegment(3)
    let aside = directory.path + "/aside"
    #expect(rename(directory.spool, aside) == 0)
    let words = "it was removed, renamed or unmounted while the buffer was in use"
    let gone = StorageError("find \(directory.spool)", code: ESTALE, reason: words)
    #expect(throws: gone) { try files.reopen() }
    #expect(throws: gone) { try files.confirm([3]) }
    #expect(files.successor(of: [3]) == nil)
    #expect(try files.read(slot: 3 * 64) == [UInt8](repeating: 0, count: 4_096))
    #expect(!FileManager.default.fileExists(atPath: directory.spool))
    #expect(throws: StorageError.self) { try SegmentFiles(directory: aside).segments() }
    #expect(rename(aside, directory.spool) == 0)
    try files.reopen()
    #expect(try files.segments() == [3])
  }

  @Test("Operations on segments that are not there fail with the path and the errno")
  func absentSegment() throws {
    let directory = Directory()
    let files = SegmentFiles(directory: directory.spool)
    let error = StorageError("open \(directory.segment(3))", code: ENOENT)
    #expect(throws: error) { try files.read(slot: 3 * 64) }
    #expect(throws: error) { try files.write([UInt8](repeating: 0, count: 4_096), slot: 3 * 64) }
    #expect(throws: error) { try files.sync(segment: 3) }
  }
}
