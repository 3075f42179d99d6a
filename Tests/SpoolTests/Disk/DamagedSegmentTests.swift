import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// One segment that is damaged as a whole takes nothing else out of service.
@Suite struct DamagedSegmentTests {
  private func open(_ disk: MemoryDisk, _ options: SpoolOptions = smallOptions(segments: 50)) throws -> Ring {
    try Ring(opening: disk, options: options, now: start)
  }

  /// 20 records with a block each, in three segments.
  private func filled() throws -> MemoryDisk {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try open(disk)
    for _ in 0..<20 { ring.appendBlock() }
    return disk
  }

  /// The records that blocks in this segment hold.
  private func records(_ disk: MemoryDisk, in segment: Int) -> Set<RecordNumber> {
    let slots = segment * 8..<segment * 8 + 8
    let blocks = slots.compactMap { disk.image.slots[$0].flatMap { try? Block(decoding: $0) } }
    return Set(blocks.flatMap { $0.first..<$0.end })
  }

  @Test(
    "A segment that reads as one byte from end to end is left out; its records are lost, exactly, and all others come",
    arguments: [0, 1, 2], [0xFF, 0x41] as [UInt8])
  func erased(segment: Int, content: UInt8) throws {
    let disk = try filled()
    let epoch = try open(MemoryDisk(disk.image)).epoch - 1
    let gone = records(disk, in: segment)
    for index in 0..<8 { disk.image.slots[segment * 8 + index] = [UInt8](repeating: content, count: blockSize) }
    let written = disk.writtenSlots.count
    var ring = try open(disk)
    #expect(!ring.counters.degraded && ring.excluded == [segment] && ring.epoch >= epoch + 9)
    #expect(ring.notices.contains(.segmentLeftOut(segment)))
    let found = ring.readAll()
    #expect(Set(found.map(\.number)) == Set(0..<20).subtracting(gone))
    // Of the newest ones nothing says that they were there.
    #expect(ring.counters.lost == (segment == 2 ? 0 : gone.count))
    #expect(ring.addsUp)
    for record in found { ring.acknowledge(record.number, now: start) }
    for _ in 0..<60 { ring.appendBlock() }
    #expect(ring.counters.waiting == 60)
    #expect(disk.writtenSlots.dropFirst(written).allSatisfy { $0 / 8 != segment })
    #expect(disk.image.slots[segment * 8] == [UInt8](repeating: content, count: blockSize))
  }

  @Test("A segment that cannot be read at all is left out as well", arguments: [0, 1])
  func unreadable(segment: Int) throws {
    let disk = try filled()
    let gone = records(disk, in: segment)
    disk.fault = { access, _, place in
      (access == .read || access == .write) && place / 8 == segment ? EUCLEAN : nil
    }
    var ring = try open(disk)
    #expect(!ring.counters.degraded && ring.excluded == [segment])
    #expect(Set(ring.readAll().map(\.number)) == Set(0..<20).subtracting(gone))
    #expect(ring.counters.lost == gone.count)
    #expect(ring.addsUp)
  }

  /// An erase block of a card is 4 MiB: 16 segments. Each read that fails can take half a minute.
  @Test("A dead region of many segments costs the opening sixteen reads for each of them, and the others are used")
  func deadRegion() throws {
    let disk = MemoryDisk()
    var before = try open(disk, SpoolOptions())
    for _ in 0..<620 { before.appendBlock() }
    let (dead, all) = (2..<6, before.live.count)
    try #require(all == 10)
    let gone = (dead.lowerBound..<dead.upperBound).reduce(0) {
      $0 + Int(before.live[$1 + 1].first - before.live[$1].first)
    }
    var failed = 0
    disk.fault = { access, _, place in
      guard access == .read, dead.contains(place / 64) else { return nil }
      failed += 1
      return EIO
    }
    var ring = try open(disk, SpoolOptions())
    #expect(failed == 16 * dead.count)
    #expect(ring.excluded == Array(dead))
    #expect(ring.readAll(portion: 100).count == 620 - gone)
    #expect(ring.counters.lost == gone)
    #expect(ring.addsUp)
  }

  @Test("A disk that comes back with a damaged segment is used all the same")
  func recognised() throws {
    let disk = try filled()
    var ring = try open(disk)
    disk.fault = { access, _, _ in access == .write || access == .create ? EIO : nil }
    ring.appendBlock()
    #expect(ring.counters.degraded)
    for index in 0..<8 { disk.image.slots[800 + index] = [UInt8](repeating: 0xFF, count: blockSize) }
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(!ring.counters.degraded && ring.excluded == [100])
    #expect(ring.readAll(now: start + .seconds(30)).count == 21)
  }
}
