import Foundation
import Linux
import TestSupport
import Testing

@testable import Spool

/// A directory for one test.
final class SpoolDirectory {
  let path = FileManager.default.temporaryDirectory.path + "/fieldpost-\(UUID().uuidString)"
  func segment(_ number: Int) -> String { path + "/" + SegmentFile.name(of: number) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// 100 blocks with a record each: one and a half segments, the first slot without a record.
  func fill() throws {
    var ring = try Ring(opening: SegmentFiles(directory: path), options: SpoolOptions(), now: start)
    for _ in 0..<100 { ring.appendBlock() }
  }
}

@Suite struct SegmentReaderTests {
  private func found(_ directory: SpoolDirectory) throws -> Diagnostics {
    Diagnostics(try SpoolReader(SegmentReader(directory: directory.path)))
  }

  private func states(_ directory: SpoolDirectory) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().map { name in
      var status = stat()
      let result = lstat(directory.path + "/" + name, &status)
      try #require(result == 0)
      let (read, written) = (status.st_atim, status.st_mtim)
      return "\(name) \(status.st_size) \(read.tv_sec).\(read.tv_nsec) \(written.tv_sec).\(written.tv_nsec)"
    }
  }

  @Test("Reading finds everything and changes nothing, not even the times of access")
  func readOnly() throws {
    let directory = SpoolDirectory()
    try directory.fill()
    // A time of access before that of the last change would be renewed by any ordinary read.
    for number in 0...1 {
      var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 2_000, tv_nsec: 0)]
      let result = utimensat(AT_FDCWD, directory.segment(number), &times, 0)
      try #require(result == 0)
    }
    let before = try states(directory)
    #expect(try found(directory).waiting.map(\.number) == Array(0..<100))
    #expect(try states(directory) == before)
    let files = SegmentReader(directory: directory.path)
    #expect(throws: StorageError("write slot 3, which is opened for reading only", code: EROFS)) {
      try files.write([UInt8](repeating: 0, count: blockSize), slot: 3)
    }
    #expect(throws: StorageError.self) { try files.createSegment(9) }
    #expect(throws: StorageError.self) { try files.sync(segment: 0) }
    #expect(try states(directory) == before)
  }

  @Test("A file cut short: every slot that is gone is told, with the size, and what was lost with them")
  func cutShort() throws {
    let directory = SpoolDirectory()
    try directory.fill()
    #expect(truncate(directory.segment(0), 10 * 4_096 + 100) == 0)
    let found = try found(directory)
    #expect(found.bad.map(\.slot) == Array(10..<64))
    let error = StorageError("read \(directory.segment(0)): cut short, 41060 of 262144 bytes", code: 0)
    #expect(found.bad.allSatisfy { $0.fault == .unreadable(error) })
    #expect(found.losses.map(\.numbers) == [9..<62])
    #expect(found.lost == 53)
  }

  @Test("In a segment's place: a longer file, a directory, a link, a pipe. Each is told; the rest is read")
  func notSegments() throws {
    let directory = SpoolDirectory()
    try directory.fill()
    try Data(count: 262_145).write(to: URL(fileURLWithPath: directory.segment(7)))
    try FileManager.default.createDirectory(atPath: directory.segment(8), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: directory.segment(9), withDestinationPath: directory.segment(0))
    #expect(mkfifo(directory.segment(10), 0o600) == 0)
    let found = try found(directory)
    #expect(found.waiting.count == 100)
    #expect(found.losses.isEmpty)
    #expect(found.bad.map(\.slot) == Array(7 * 64..<11 * 64))
    let codes = found.bad.compactMap { bad -> Int32? in
      if case .unreadable(let error) = bad.fault { error.code } else { nil }
    }
    try #require(codes.count == 256)
    #expect(Set(codes[..<128]) == [0])
    #expect(Set(codes[128..<192]) == [ELOOP])
    #expect(Set(codes[192...]) == [0])
  }

  @Test("A segment that is gone is a loss between its neighbours")
  func goneSegment() throws {
    let directory = SpoolDirectory()
    try directory.fill()
    var ring = try Ring(opening: SegmentFiles(directory: directory.path), options: SpoolOptions(), now: start)
    for _ in 0..<60 { ring.appendBlock() }
    #expect(unlink(directory.segment(1)) == 0)
    #expect(try found(directory).losses.map(\.numbers) == [62..<124])
  }

  @Test("No directory: the errno; a directory without segments: no spool. Nothing is made")
  func nothing() throws {
    let directory = SpoolDirectory()
    #expect(throws: SpoolReaderError.storage(StorageError("open \(directory.path)", code: ENOENT))) {
      try SpoolReader(SegmentReader(directory: directory.path))
    }
    #expect(!FileManager.default.fileExists(atPath: directory.path))
    try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: false)
    try Data("x".utf8).write(to: URL(fileURLWithPath: directory.path + "/1.seg"))
    #expect(throws: SpoolReaderError.noSegments) { try SpoolReader(SegmentReader(directory: directory.path)) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["1.seg"])
  }

  @Test("It is known whether a daemon has the spool; asking neither takes the lock nor makes its file")
  func lock() throws {
    let directory = SpoolDirectory()
    let files = SegmentReader(directory: directory.path)
    #expect(files.isInUse == nil)
    var daemon: SegmentFiles? = SegmentFiles(directory: directory.path)
    #expect(try daemon?.segments() == [])
    #expect(files.isInUse == true)
    #expect(files.isInUse == true)
    daemon = nil
    #expect(files.isInUse == false)
    #expect(try SegmentFiles(directory: directory.path).segments() == [])
    #expect(unlink(directory.path + "/lock") == 0)
    #expect(files.isInUse == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
  }
}
