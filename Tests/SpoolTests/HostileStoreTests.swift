import TestSupport
import Testing

@testable import Spool

/// Disks whose content is not what the ring wrote.
@Suite struct HostileStoreTests {
  /// 20 blocks of 3 records each, in segments of 8 slots of which 7 are used: block i is in slot 1 + i + i/7 or so.
  private func filled() throws -> MemoryDisk.Image {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try open(disk.image, disk: disk)
    for number in 0..<60 as Range<RecordNumber> {
      ring.append(payload(number, length: 1_200), critical: number % 3 == 2, now: start)
    }
    return disk.image
  }

  private func open(_ image: MemoryDisk.Image, disk: MemoryDisk? = nil) throws -> Ring {
    try Ring(opening: disk ?? MemoryDisk(image), options: smallOptions(segments: 50), now: start)
  }

  private func block(_ image: MemoryDisk.Image, _ slot: Int) -> Block? {
    image.slots[slot].flatMap { try? Block(decoding: $0) }
  }

  private func check(_ ring: inout Ring, lacks lost: Range<RecordNumber>, _ place: Comment) {
    let records = ring.readAll()
    #expect(records.map(\.number) == (0..<60).filter { !lost.contains($0) }, place)
    #expect(records.allSatisfy { $0.bytes == payload($0.number, length: 1_200) }, place)
    #expect(ring.counters.lost == lost.count, place)
    #expect(ring.addsUp, place)
    for record in records { ring.acknowledge(record.number, now: start) }
    #expect(ring.counters.waiting == 0, place)
    #expect(ring.cursor == 60, place)
    #expect(ring.addsUp, place)
  }

  @Test("Any block that is broken costs exactly its records, and no other")
  func brokenBlocks() throws {
    let image = try filled()
    let slots = image.slots.keys.sorted().filter { slot in block(image, slot).map { !$0.records.isEmpty } ?? false }
    #expect(slots.count == 20)
    // The last one cannot be missed: nothing behind it says that it was there.
    for slot in slots.dropLast() {
      let gone = try #require(block(image, slot))
      var flipped = image
      flipped.slots[slot]?[2_000] ^= 0x10
      var ring = try open(flipped)
      check(&ring, lacks: gone.first..<gone.end, "flipped bit in slot \(slot)")
      var zeroed = image
      zeroed.slots[slot] = [UInt8](repeating: 0, count: blockSize)
      ring = try open(zeroed)
      check(&ring, lacks: gone.first..<gone.end, "zeroed slot \(slot)")
    }
  }

  @Test("Blocks broken in a row are counted as one loss, also across segments and from the start")
  func brokenRuns() throws {
    let image = try filled()
    for (from, to) in [(0, 3), (4, 10), (1, 7), (0, 14)] {
      var broken = image
      var lost: Range<RecordNumber>?
      for slot in from...to {
        if let gone = block(image, slot), !gone.records.isEmpty {
          lost = (lost?.lowerBound ?? gone.first)..<gone.end
        }
        broken.slots[slot]?[100] ^= 1
      }
      var ring = try open(broken)
      check(&ring, lacks: try #require(lost), "slots \(from) to \(to)")
    }
  }

  @Test("A block that goes bad after it was read is lost once, and the rest goes on")
  func rotAfterReading() throws {
    let disk = MemoryDisk(try filled())
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    #expect(ring.readAll().count == 60)
    disk.image.slots[2]?[500] ^= 1
    for _ in 0..<2 { #expect(ring.readAll().map(\.number) == Array(0..<3) + Array(6..<60)) }
    #expect(ring.counters.lost == 3)
    #expect(ring.addsUp)
  }

  @Test("Two blocks that have changed places count for nothing where they stand; the sums are right")
  func swapped() throws {
    let image = try filled()
    let slots = image.slots.keys.sorted()
    for slot in slots.dropFirst() where block(image, slot) != nil {
      for other in [slots[0], slots[1]] where other < slot && other % 8 != slot % 8 {
        var swapped = image
        (swapped.slots[slot], swapped.slots[other]) = (image.slots[other], image.slots[slot])
        var ring = try open(swapped)
        let records = ring.readAll()
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.number < $1.number }, "\(slot) and \(other)")
        #expect(records.allSatisfy { $0.bytes == payload($0.number, length: 1_200) }, "\(slot) and \(other)")
        #expect(ring.addsUp, "\(slot) and \(other)")
        #expect(ring.counters.recovered + ring.counters.taken >= records.count, "\(slot) and \(other)")
        let number = ring.append([7], critical: true, now: start)
        #expect(ring.readAll().last?.number == number, "\(slot) and \(other)")
        #expect(ring.addsUp, "\(slot) and \(other)")
      }
    }
  }

  @Test("A loss that was counted is not counted again after the cursor has passed it")
  func countedOnce() throws {
    let disk = MemoryDisk(try filled())
    disk.image.slots[2]?[500] ^= 1
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    for record in ring.next(after: nil, limit: 9, now: start) { ring.acknowledge(record.number, now: start) }
    ring.close(now: start)
    var again = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    #expect(again.readAll().map(\.number) == Array(12..<60))
    #expect(again.counters.lost == 0)
    #expect(again.counters.ledger.lost == 3)
  }

  /// A failed erase block of a card looks like one of them, so others that are ours are used (DamagedSegmentTests).
  @Test("Segments of noise are refused where none is ours, and nothing is written")
  func foreign() throws {
    for content: UInt8 in [0x41, 0xFF] {
      var image = MemoryDisk.Image(slotsPerSegment: 8)
      for segment in [100, 101] {
        for index in 0..<8 { image.slots[segment * 8 + index] = [UInt8](repeating: content, count: blockSize) }
      }
      let disk = MemoryDisk(image)
      #expect(throws: StorageError(refusing: "open spool: segment 100 is not part of a spool; nothing was changed")) {
        try Ring(opening: disk, options: smallOptions(), now: start)
      }
      #expect(disk.operations.isEmpty)
    }
  }

  @Test("A newer format is refused and not overwritten, wherever it begins")
  func newer() throws {
    let image = try filled()
    // The newest segment, in the middle and at its end; a segment of its own.
    for slot in [18, 22, 800] {
      var newer = image
      if slot == 800 { for index in 0..<8 { newer.slots[800 + index] = [UInt8](repeating: 0, count: blockSize) } }
      var bytes = try #require(image.slots[3])
      bytes[3] = 2
      seal(&bytes)
      newer.slots[slot] = bytes
      let disk = MemoryDisk(newer)
      #expect(
        throws: StorageError(
          refusing: "open spool: segment \(slot / 8) has format version 2, this program knows version 1: "
            + "install the fieldpost that wrote it again; nothing was changed")
      ) { try Ring(opening: disk, options: smallOptions(), now: start) }
      #expect(disk.operations.isEmpty)
    }
  }

  @Test("A segment of another store is refused")
  func otherStore() throws {
    var image = try filled()
    let other = try filled()
    for index in 0..<8 { image.slots[800 + index] = other.slots[index] }
    let disk = MemoryDisk(image)
    #expect(throws: StorageError.self) { try Ring(opening: disk, options: smallOptions(), now: start) }
    #expect(disk.operations.isEmpty)
  }

  @Test(
    "Blocks with any fields behind a valid checksum: no crash, order kept, the sum right, work bounded",
    arguments: 1...60 as ClosedRange<UInt64>)
  func resealed(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var image = try filled()
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let slot = Int.random(in: 0..<23, using: &random)
      guard var bytes = image.slots[slot] else { continue }
      for _ in 0..<3 {
        let offset = Int.random(in: 8..<90, using: &random)
        bytes[offset] =
          [0, 1, 0x0F, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
      }
      seal(&bytes)
      image.slots[slot] = bytes
    }
    let disk = MemoryDisk(image)
    guard var ring = try? Ring(opening: disk, options: smallOptions(segments: 50), now: start) else { return }
    let records = ring.readAll()
    #expect(zip(records, records.dropFirst()).allSatisfy { $0.number < $1.number })
    for record in records { ring.acknowledge(record.number, now: start) }
    for _ in 0..<10 { ring.appendBlock() }
    ring.close(now: start)
    #expect(disk.accesses < 2_000)
  }
}
