import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Records that are given up, and their reports.
@Suite struct LossTests {
  private let lossReporter = SilentBookkeeper()

  private func ring(_ disk: MemoryDisk, _ options: SpoolOptions = smallOptions(segments: 3)) throws -> Ring {
    var ring = try Ring(opening: disk, options: options, lossReporter: lossReporter, now: start)
    ring.notices = []
    return ring
  }

  private func corrupt(_ disk: MemoryDisk, _ slot: Int) { disk.image.slots[slot]?[2_000] ^= 1 }

  @Test("The bookkeeper sees every record that is evicted, in order, once")
  func evicted() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<40 { ring.appendBlock() }
    let left = ring.readAll().map(\.number)
    #expect(lossReporter.lost.map(\.bytes) == (0..<(left.first ?? 0)).map { payload($0, length: Block.maximumRecord) })
    #expect(lossReporter.lost.allSatisfy { $0.reason == .evicted })
    #expect(ring.counters.evicted == lossReporter.lost.count)
    #expect(lossReporter.unreadable.isEmpty)
    #expect(ring.addsUp)
  }

  @Test("Eviction of a segment with a bad block: its records are unreadable, the others evicted")
  func evictedWithBadBlock() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<20 { ring.appendBlock() }
    corrupt(disk, 3)
    for _ in 0..<2 { ring.appendBlock() }
    #expect(lossReporter.lost.map(\.bytes) == [0, 1, 3, 4, 5].map { payload($0, length: Block.maximumRecord) })
    #expect(lossReporter.unreadable.map(\.count) == [1])
    #expect(ring.counters.lost == 1)
    #expect(ring.counters.evicted == 5)
    #expect(ring.addsUp)
  }

  @Test("Of a bad block the bookkeeper is told what lies before and after it, settled or not")
  func neighbours() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<12 { ring.appendBlock() }
    for record in ring.next(after: nil, limit: 2, now: start) { ring.acknowledge(record.number, now: start) }
    corrupt(disk, 3)
    #expect(ring.readAll().map(\.number) == Array(3..<12))
    let told = try #require(lossReporter.unreadable.first)
    #expect(told.count == 1)
    #expect(lossReporter.unreadable.count == 1)
    #expect(told.before == [0, 1].map { payload($0, length: Block.maximumRecord) })
    #expect(told.after == [3, 4, 5, 6].map { payload($0, length: Block.maximumRecord) })
  }

  @Test("Records that have expired are not handed out; they are counted, told, and gone for good")
  func expired() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for number in 0..<20 as Range<RecordNumber> { ring.append(payload(number), critical: number < 15, now: start) }
    lossReporter.expired = { bytes in [payload(3), payload(4), payload(17)].contains(bytes) }
    let records = ring.readAll()
    #expect(records.map(\.number) == (0..<20).filter { ![3, 4, 17].contains($0) })
    #expect(ring.counters.expired == 3 && lossReporter.lost.map(\.reason) == [.expired, .expired, .expired])
    #expect(ring.notices == [.expired(records: 2), .expired(records: 1)])
    #expect(ring.addsUp)
    for record in records { ring.acknowledge(record.number, now: start) }
    ring.close(now: start)
    let after = try self.ring(MemoryDisk(disk.image))
    #expect(after.counters.waiting == 0)
    #expect(after.counters.ledger.expired == 3)
    #expect(after.addsUp)
  }

  @Test("A record that was handed out and expires before the next connection is not handed out again")
  func expiredInFlight() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    for number in 0..<4 as Range<RecordNumber> { ring.append(payload(number), critical: number < 2, now: start) }
    #expect(ring.readAll().count == 4)
    lossReporter.expired = { bytes in [payload(1), payload(2)].contains(bytes) }
    #expect(ring.next(after: nil, limit: 9, now: start).map(\.number) == [0, 3])
    #expect(ring.counters.expired == 2)
    #expect(ring.counters.waiting == 2)
    #expect(ring.addsUp)
  }

  @Test("A large backlog that has expired is given up in portions")
  func expiredBacklog() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk, SpoolOptions())
    for number in 0..<10_000 as Range<RecordNumber> { ring.append([UInt8(number % 251)], critical: false, now: start) }
    ring.append([255], critical: true, now: start)
    lossReporter.expired = { $0 != [255] }
    var portions = 0
    var found: [SpooledRecord] = []
    while found.isEmpty {
      found = ring.next(after: nil, limit: 20, now: start)
      #expect(found.isEmpty == ring.wasCutShort)
      #expect(ring.addsUp)
      portions += 1
    }
    #expect(found.map(\.bytes) == [[255]])
    #expect(ring.counters.expired == 10_000)
    #expect(portions > 3)
  }

  @Test("Purging gives up everything, on the disk, in RAM and in flight, and the ledger knows")
  func purged() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for number in 0..<20 as Range<RecordNumber> { ring.append(payload(number), critical: number < 15, now: start) }
    _ = ring.next(after: nil, limit: 5, now: start)
    ring.purge(now: start)
    #expect(ring.counters.waiting == 0)
    #expect(ring.readAll() == [])
    #expect(ring.addsUp)
    #expect(lossReporter.lost.map(\.bytes) == (0..<20).map { payload($0) })
    #expect(lossReporter.lost.allSatisfy { $0.reason == .purged })
    ring.close(now: start)
    let after = try self.ring(MemoryDisk(disk.image))
    #expect(after.counters.waiting == 0)
    #expect(after.counters.ledger.evicted == 20)
    #expect(after.epoch == ring.epoch + 1)
  }

  /// Reports that are longer than what may be carried, or as long.
  private final class Wordy: LossReporter {
    let length: Int
    private var owes = false
    init(length: Int) { self.length = length }
    func isExpired(_ record: [UInt8]) -> Bool { false }
    func lost(_ record: [UInt8], _ reason: LossReason) { owes = true }
    func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) { owes = true }
    func reports(epoch: UInt32) -> [[UInt8]] {
      defer { owes = false }
      return owes ? [[UInt8](repeating: 0xAB, count: length)] : []
    }
  }

  @Test("Reports as long as they may be are carried and kept; longer ones are refused", arguments: [0, 1])
  func longReports(excess: Int) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    let wordy = Wordy(length: Block.maximumReport + excess)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3), lossReporter: wordy, now: start)
    for _ in 0..<60 { ring.appendBlock() }
    let reports = ring.readAll().count { $0.bytes.first == 0xAB && $0.bytes.count == wordy.length }
    #expect(excess == 0 ? reports > 0 : reports == 0)
    #expect(ring.carried.isEmpty)
    #expect(ring.addsUp)
    let carrying = disk.image.slots.values.compactMap { try? Block(decoding: $0) }.filter { !$0.carried.isEmpty }
    #expect(excess == 0 ? !carrying.isEmpty : carrying.isEmpty)
  }

  @Test("Reports that follow each other are carried, as long as half a block has room for them")
  func manyReports() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    let wordy = Wordy(length: 490)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3), lossReporter: wordy, now: start)
    for number in 0..<600 as Range<RecordNumber> {
      ring.append(payload(number, length: 400), critical: false, now: start)
    }
    for _ in 0..<4 { ring.takeReport([UInt8](repeating: 0xAB, count: 490), now: start) }
    let owed = ring.carried.count
    #expect(ring.write(upTo: ring.ram.first + 1, mayEvict: true, now: start) == true)
    #expect(owed >= 4)
    let newest = disk.image.slots.values.compactMap { try? Block(decoding: $0) }.max { $0.serial < $1.serial }
    #expect(newest?.carried.count == 4)
    #expect(newest?.carried.allSatisfy { $0.first == 0xAB } == true)
  }

  @Test("A block that is lost at the very end makes the next epoch leap over the one it may have begun")
  func rottenEpoch() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    for expected in 1...3 as ClosedRange<UInt32> { #expect(try ring(disk).epoch == expected) }
    corrupt(disk, 2)
    #expect(try ring(disk).epoch == 4)
  }

  @Test("Rubbish in the first slot of a new segment is what a power cut leaves, not another's data")
  func rubbishInFirstSlot() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    try disk.createSegment(0)
    disk.image.slots[0] = [UInt8](repeating: 0x5A, count: 4_096)
    #expect(Epochs.unknown.contains(try ring(disk).epoch))
    for index in 0..<8 { disk.image.slots[index] = [UInt8](repeating: 0x5A, count: 4_096) }
    #expect(throws: StorageError(refusing: "open spool: segment 0 is not part of a spool; nothing was changed")) {
      try ring(disk)
    }
  }
}
