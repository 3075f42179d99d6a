import Foundation
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Linux
@testable import Spool

/// The buffer's directory while it is in use: removed, renamed, hidden, or robbed of a segment. Descriptors outlive names, so
/// that everything seems to work.
@Suite("The place of the buffer") struct PlaceTests {
  private let loop = ManualLoop()
  private let notices = Notices()
  private let directory = Directory()

  private final class Notices: Sendable {
    private let entries = Mutex<[SpoolNotice]>([])
    var all: [SpoolNotice] { entries.withLock { $0 } }
    func add(_ entry: SpoolNotice) { entries.withLock { $0.append(entry) } }

    var failures: [String] {
      all.compactMap { if case .degradedBegan(let error) = $0 { "\(error)" } else { nil } }
    }
    var moved: [Int] { all.compactMap { if case .movedIntoAppeared(let records) = $0 { records } else { nil } } }
  }

  private final class Directory: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/fieldpost-\(UUID().uuidString)"
    var spool: String { path + "/spool" }
    var aside: String { path + "/aside" }
    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func opened(_ count: UInt64 = 10, from first: UInt64 = 0) throws -> (spool: Spool, epoch: UInt32) {
    let path = directory.spool
    let spool = Spool(
      store: { SegmentFiles(directory: path) }, options: SpoolOptions(), lossReporter: { SilentBookkeeper() },
      loop: loop,
      notice: { [notices] in notices.add($0) })
    let epoch = try spool.assumeIsolated { try $0.open() }
    for number in first..<first + count { record(number, spool) }
    return (spool, epoch)
  }

  /// Each has a block for itself.
  private func record(_ number: UInt64, _ spool: Spool) {
    let record = payload(number, length: Spool.maximumRecordSize)
    spool.post { $0.append(record, critical: true) }
    loop.settle()
  }

  private func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  private func make(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  /// The records that a new start finds, and its epoch.
  private func found() throws -> (numbers: Set<[UInt8]>, epoch: UInt32) {
    var ring = try Ring(opening: SegmentFiles(directory: directory.spool), options: SpoolOptions(), now: loop.now)
    return (Set(ring.readAll(now: loop.now).map(\.bytes)), ring.epoch)
  }

  private func records(_ numbers: Range<UInt64>) -> Set<[UInt8]> {
    Set(numbers.map { payload($0, length: Spool.maximumRecordSize) })
  }

  @Test("A directory that is removed is noticed at the next record; it is made again, and nothing that waited is lost")
  func removed() throws {
    let (spool, epoch) = try opened()
    try remove(directory.spool)
    record(10, spool)
    #expect(notices.failures.count == 1, "\(notices.all)")
    #expect(notices.failures.first?.contains("was removed, renamed or unmounted") == true, "\(notices.all)")
    #expect(spool.assumeIsolated { $0.counters.durable } == 0)
    #expect(spool.assumeIsolated { $0.counters.waiting } == 11)
    loop.advance(by: .seconds(31))
    #expect(notices.moved == [11], "\(notices.all)")
    let (numbers, next) = try found()
    #expect(numbers.isSuperset(of: records(0..<11)))
    #expect(next > epoch + 1)
  }

  @Test("While nothing is recorded, whoever looks after the buffer finds out that its directory is gone")
  func removedAtRest() throws {
    let (spool, _) = try opened()
    try remove(directory.spool)
    spool.assumeIsolated { $0.confirm() }
    #expect(notices.failures.count == 1)
  }

  @Test("At the end, too, what waited in files without a name is saved into the directory, made anew")
  func removedBeforeTheEnd() throws {
    let (spool, _) = try opened()
    try remove(directory.spool)
    spool.assumeIsolated { $0.close() }
    #expect(notices.moved == [10], "\(notices.all)")
    #expect(try found().numbers.isSuperset(of: records(0..<10)))
  }

  @Test(
    "A directory that was removed and cannot be made again: at the end the number of readings that are lost is told")
  func removedForGood() throws {
    let (spool, _) = try opened()
    try remove(directory.path)
    try Data().write(to: URL(fileURLWithPath: directory.path))
    record(10, spool)
    spool.assumeIsolated { $0.close() }
    #expect(notices.all.contains(.leftBehind(records: 10)), "\(notices.all)")
    #expect(notices.all.contains(.leftInRAM(records: 1)), "\(notices.all)")
  }

  @Test("A renamed directory is not made again; when it is back, it is used as if nothing had happened")
  func renamed() throws {
    let (spool, epoch) = try opened()
    #expect(rename(directory.spool, directory.aside) == 0)
    record(10, spool)
    #expect(notices.failures.count == 1)
    loop.advance(by: .seconds(90))
    #expect(!FileManager.default.fileExists(atPath: directory.spool))
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 20) }.count == 11)
    #expect(rename(directory.aside, directory.spool) == 0)
    loop.advance(by: .seconds(31))
    #expect(notices.all.contains(.degradedEnded(evicted: 0)), "\(notices.all)")
    #expect(notices.moved == [], "\(notices.all)")
    spool.assumeIsolated { $0.close() }
    let (numbers, next) = try found()
    #expect(numbers == records(0..<11))
    #expect(next == epoch + 1)
  }

  @Test(
    "Where another directory has its name, as under a mount, that one is used, with epochs that the former never had")
  func hidden() throws {
    let (spool, epoch) = try opened()
    #expect(rename(directory.spool, directory.aside) == 0)
    try make(directory.spool)
    record(10, spool)
    #expect(notices.failures.first?.contains("another one has taken its place") == true, "\(notices.all)")
    loop.advance(by: .seconds(31))
    #expect(notices.moved == [11], "\(notices.all)")
    let (numbers, next) = try found()
    #expect(numbers == records(0..<11))
    #expect(next > epoch + 1)
  }

  @Test("Another directory with a spool of its own: what waited is put behind what is there")
  func hiddenByAnother() throws {
    let (before, _) = try opened(3)
    before.assumeIsolated { $0.close() }
    let other = directory.path + "/other"
    #expect(rename(directory.spool, other) == 0)
    let (spool, _) = try opened(10)
    #expect(rename(directory.spool, directory.aside) == 0)
    #expect(rename(other, directory.spool) == 0)
    record(10, spool)
    loop.advance(by: .seconds(31))
    #expect(notices.moved == [11], "\(notices.all)")
    #expect(try found().numbers == records(0..<11))
  }

  private func copy(_ path: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: other)
  }

  private func short(_ number: UInt64, _ spool: Spool) {
    spool.post { $0.append(payload(number, length: 100), critical: true) }
    loop.settle()
  }

  @Test(
    "The same directory without what a failed sync left in the cache of the former one is the same", arguments: 1...4)
  func unsynced(count: UInt64) throws {
    let (spool, _) = try opened(0)
    for number in 0..<count { short(number, spool) }
    let medium = directory.path + "/medium"
    try copy(directory.spool, to: medium)
    // Only the cache has these: a newer block in each slot.
    let file = try #require(FileHandle(forUpdatingAtPath: directory.spool + "/00000000.seg"))
    for index in 0..<2 {
      try file.seek(toOffset: UInt64(index * blockSize))
      var block = try Block(decoding: [UInt8](#require(try file.read(upToCount: blockSize))))
      block.serial += 100
      try file.seek(toOffset: UInt64(index * blockSize))
      try file.write(contentsOf: block.encoded())
    }
    #expect(rename(directory.spool, directory.aside) == 0)
    #expect(rename(medium, directory.spool) == 0)
    short(count, spool)
    loop.advance(by: .seconds(31))
    #expect(notices.all.contains(.degradedEnded(evicted: 0)), "\(notices.all)")
    #expect(notices.moved == [], "\(notices.all)")
    spool.assumeIsolated { $0.close() }
    #expect(try found().numbers == Set((0...count).map { payload($0, length: 100) }))
  }

  @Test("An older copy of the directory has not what came after it: that is moved there", arguments: 1...4, 1...3)
  func restored(before: UInt64, after: UInt64) throws {
    let (spool, _) = try opened(0)
    for number in 0..<before { short(number, spool) }
    let older = directory.path + "/older"
    try copy(directory.spool, to: older)
    for number in before..<before + after { short(number, spool) }
    #expect(rename(directory.spool, directory.aside) == 0)
    #expect(rename(older, directory.spool) == 0)
    short(before + after, spool)
    loop.advance(by: .seconds(31))
    spool.assumeIsolated { $0.close() }
    #expect(try found().numbers == Set((0...before + after).map { payload($0, length: 100) }), "\(notices.all)")
  }

  /// Fills 20 segments: more than stay open.
  private static let many: UInt64 = 1_270

  @Test("More segments than stay open, under a directory with as many: everything is moved, and nothing is lost")
  func manyHiddenByAnother() throws {
    let (before, _) = try opened(Self.many, from: 5_000)
    before.assumeIsolated { $0.close() }
    let other = directory.path + "/other"
    #expect(rename(directory.spool, other) == 0)
    let (spool, _) = try opened(Self.many)
    #expect(try SegmentFile.numbers(in: directory.spool).count > 19)
    #expect(rename(directory.spool, directory.aside) == 0)
    #expect(rename(other, directory.spool) == 0)
    // Nobody has noticed yet, and the first segments are not open any more.
    let first = spool.assumeIsolated { $0.next(after: nil, limit: 3) }
    #expect(first.map(\.bytes) == (0..<3).map { payload($0, length: Spool.maximumRecordSize) })
    record(Self.many, spool)
    #expect(notices.failures.count == 1, "\(notices.all)")
    loop.advance(by: .seconds(31))
    #expect(notices.moved == [Int(Self.many) + 1])
    #expect(try found().numbers == records(0..<Self.many + 1).union(records(5_000..<5_000 + Self.many)))
  }

  @Test("More segments than stay open, in a directory that is renamed: all can be read, and everything is moved")
  func manyRenamed() throws {
    let (spool, _) = try opened(Self.many)
    #expect(rename(directory.spool, directory.aside) == 0)
    record(Self.many, spool)
    let waiting = spool.assumeIsolated { $0.next(after: nil, limit: 2_000) }
    #expect(Set(waiting.map(\.bytes)) == records(0..<Self.many + 1))
    #expect(spool.assumeIsolated { $0.counters.lost } == 0)
    try make(directory.spool)
    loop.advance(by: .seconds(61))
    #expect(notices.moved == [Int(Self.many) + 1])
    #expect(try found().numbers == records(0..<Self.many + 1))
  }

  @Test("What waits is moved segment by segment, and what is acknowledged in between is neither moved nor lost")
  func portions() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var former = try Ring(opening: disk, options: smallOptions(), now: start)
    for _ in 0..<20 { former.appendBlock() }
    let lossReporter = SilentBookkeeper()
    let other = MemoryDisk(slotsPerSegment: 8)
    let found = try Ring(opening: other, options: smallOptions(), lossReporter: lossReporter, now: start)
    var move = Move(from: former, to: found)
    #expect(move.goOn(former, now: start) == false)
    #expect(move.moved < 9)
    for record in former.readAll().suffix(5) { former.acknowledge(record.number, now: start) }
    while !move.goOn(former, now: start) {}
    #expect(move.moved == 15)
    #expect(lossReporter.unreadable.isEmpty)
  }

  @Test("What was acknowledged before its turn is not moved, and hides no loss")
  func acknowledgedAhead() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var former = try Ring(opening: disk, options: smallOptions(), now: start)
    for _ in 0..<9 { former.appendBlock() }
    let urgent = payload(9, length: Block.maximumRecord)
    former.append(urgent, critical: true, urgent: true, now: start)
    former.appendBlock()
    #expect(former.next(after: nil, limit: 1, now: start).map(\.number) == [9])
    former.acknowledge(9, now: start)
    disk.fault = { access, _, place in access == .read && place == 3 ? EIO : nil }
    let lossReporter = SilentBookkeeper()
    let other = MemoryDisk(slotsPerSegment: 8)
    let found = try Ring(opening: other, options: smallOptions(), lossReporter: lossReporter, now: start)
    var move = Move(from: former, to: found)
    var turns = 1
    while !move.goOn(former, now: start), turns < 9 { turns += 1 }
    #expect(turns == 3)
    #expect(move.moved == 9)
    #expect(lossReporter.unreadable.map(\.count) == [1])
    var new = move.found
    #expect(!new.readAll().map(\.bytes).contains(urgent))
  }

  @Test("Another directory that is not a spool is left as it is, and the reason is told once")
  func hiddenByForeign() throws {
    let (spool, _) = try opened()
    #expect(rename(directory.spool, directory.aside) == 0)
    try make(directory.spool)
    let foreign = Data(repeating: 0x41, count: 262_144)
    try foreign.write(to: URL(fileURLWithPath: directory.spool + "/00000007.seg"))
    record(10, spool)
    loop.advance(by: .seconds(200))
    let told = notices.all.compactMap { if case .stillDegraded(let error) = $0 { "\(error)" } else { nil } }
    #expect(told == ["open spool: segment 7 is not part of a spool; nothing was changed"], "\(notices.all)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.spool + "/00000007.seg")) == foreign)
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 20) }.count == 11)
  }

  @Test(
    "A segment that is removed or replaced is noticed, and what was in it is saved", arguments: [0, 1], [true, false])
  func segment(number: Int, isReplaced: Bool) throws {
    let (spool, _) = try opened(100)
    let path = directory.spool + "/0000000\(number).seg"
    try remove(path)
    if isReplaced { try Data(repeating: 0, count: 262_144).write(to: URL(fileURLWithPath: path)) }
    spool.assumeIsolated { $0.confirm() }
    #expect(notices.failures.first?.contains("\(path): it was removed or replaced") == true, "\(notices.all)")
    loop.advance(by: .seconds(31))
    #expect(notices.moved.count == 1, "\(notices.all)")
    #expect(try found().numbers.isSuperset(of: records(0..<100)))
  }

  @Test("A lock file that is removed is no reason to lose anything: the buffer is locked again")
  func lockRemoved() throws {
    let (spool, _) = try opened()
    try remove(directory.spool + "/lock")
    record(10, spool)
    #expect(notices.failures.count == 1)
    loop.advance(by: .seconds(31))
    #expect(notices.all.contains(.degradedEnded(evicted: 0)), "\(notices.all)")
    #expect(throws: StorageError.self) { try SegmentFiles(directory: directory.spool).segments() }
    spool.assumeIsolated { $0.close() }
    #expect(try found().numbers == records(0..<11))
  }

  @Test("A store that reads too little at the start is a disk that fails, and no refusal to start")
  func shortRead() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try Ring(opening: disk, options: smallOptions(), now: start)
    before.appendBlock()
    disk.fault = { access, _, _ in access == .read ? 0 : nil }
    let ring = try Ring(opening: disk, options: smallOptions(), now: start)
    #expect(ring.counters.degraded)
  }
}
