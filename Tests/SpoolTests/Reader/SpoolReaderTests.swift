import Glibc
import TestSupport
import Testing

@testable import Spool

/// Spools that are not as they should be, and what the reader says of them.
@Suite struct SpoolReaderTests {
  /// Slot 0: the epoch's block. Slots 1 … 6 and 8 … 14, and so on: three records of 1200 bytes each, 60 in all.
  private func filled() throws -> MemoryDisk.Image {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    for number in 0..<60 as Range<RecordNumber> {
      ring.append(payload(number, length: 1_200), critical: number % 3 == 2, now: start)
    }
    return disk.image
  }

  private func change(_ image: inout MemoryDisk.Image, _ slot: Int, _ change: (inout [UInt8]) -> Void) {
    var bytes = image.slots[slot] ?? []
    change(&bytes)
    seal(&bytes)
    image.slots[slot] = bytes
  }

  private func numbers(without gone: Range<RecordNumber>) -> [RecordNumber] { (0..<60).filter { !gone.contains($0) } }

  private func read(_ image: MemoryDisk.Image) throws -> (SpoolReader, Diagnostics) {
    let reader = try SpoolReader(MemoryDisk(image))
    return (reader, Diagnostics(reader))
  }

  // MARK: Bad blocks

  @Test("A flipped bit is named with both checksums and exactly what is lost with it")
  func flippedBit() throws {
    var image = try filled()
    image.slots[3]?[2_000] ^= 0x10
    let (_, found) = try read(image)
    let loss = SpoolReader.Loss(numbers: 6..<9, count: 3, slots: [3])
    let bad = try #require(found.bad.first)
    guard case .checksum(let stored, let computed) = bad.fault else {
      Issue.record("\(bad.fault)")
      return
    }
    #expect(stored != computed)
    #expect(bad.slot == 3)
    #expect(bad.consequence == .lost(loss))
    #expect(found.bad.count == 1 && found.losses == [loss])
    #expect(found.waiting.map(\.number) == numbers(without: 6..<9))
  }

  @Test("A slot that the disk does not give is named with its errno")
  func unreadableSlot() throws {
    let disk = MemoryDisk(try filled())
    disk.fault = { access, _, place in access == .read && place == 9 ? EIO : nil }
    let found = Diagnostics(try SpoolReader(disk))
    guard case .unreadable(let error)? = found.bad.first?.fault else {
      Issue.record("\(found.bad)")
      return
    }
    #expect(error.code == EIO)
    #expect(found.bad.map(\.slot) == [9])
    #expect(found.lost == 3)
  }

  @Test("Another magic, a missing head, a sealed block that no spool writes: each is named by its kind")
  func kinds() throws {
    var image = try filled()
    image.slots[2] = [UInt8](repeating: 0x41, count: blockSize)
    image.slots[4]?.replaceSubrange(0..<512, with: [UInt8](repeating: 0, count: 512))
    change(&image, 6) { $0[90] = 1 }
    let (_, found) = try read(image)
    #expect(
      found.bad.map(\.fault) == [.foreign, .malformed("no header"), .malformed("reserved bytes in use")])
    #expect(found.bad.map(\.slot) == [2, 4, 6])
    #expect(found.losses.map(\.numbers) == [3..<6, 9..<12, 15..<18])
  }

  @Test("Bad blocks in a row share one loss, also across segments, and each says so")
  func row() throws {
    var image = try filled()
    for slot in 5...9 { image.slots[slot]?[100] ^= 1 }
    let (_, found) = try read(image)
    let loss = try #require(found.losses.first)
    #expect(found.losses.count == 1)
    #expect(loss.numbers == 12..<24)
    #expect(loss.count == 12)
    #expect(found.bad.map(\.slot) == [5, 6, 8, 9] || found.bad.map(\.slot) == [5, 6, 7, 8, 9])
    #expect(found.bad.allSatisfy { $0.consequence == .lost(loss) })
  }

  @Test("A block that became zeros is a loss, told with the empty slots in its place")
  func zeroed() throws {
    var image = try filled()
    image.slots[3] = [UInt8](repeating: 0, count: blockSize)
    let (_, found) = try read(image)
    #expect(found.bad.isEmpty && found.losses == [SpoolReader.Loss(numbers: 6..<9, count: 3, slots: [3])])
  }

  @Test("What is gone before the first block is lost too")
  func firstBlocks() throws {
    var image = try filled()
    for slot in 0...2 { image.slots[slot]?[100] ^= 1 }
    let (_, found) = try read(image)
    #expect(found.losses.map(\.numbers) == [0..<6])
    #expect(found.waiting.first?.number == 6)
    #expect(found.bad.map(\.slot) == [0, 1, 2])
  }

  @Test("Behind the newest block nobody knows what a bad one held")
  func tail() throws {
    var image = try filled()
    let newest = try SpoolReader(MemoryDisk(image)).newestSlot
    image.slots[newest]?[4_000] ^= 1
    let (_, found) = try read(image)
    #expect(found.bad.map(\.slot) == [newest])
    #expect(found.bad.first?.consequence == .unknown)
    #expect(found.losses.isEmpty)
    #expect(found.waiting.count == 57)
  }

  @Test("A bad block with settled records costs nothing, and is named all the same")
  func settled() throws {
    let disk = MemoryDisk(try filled())
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    for record in ring.next(after: nil, limit: 12, now: start) { ring.acknowledge(record.number, now: start) }
    ring.close(now: start)
    disk.image.slots[2]?[100] ^= 1
    let (reader, found) = try read(disk.image)
    #expect(reader.cursor == 12)
    #expect(found.losses.isEmpty)
    #expect(found.bad.map(\.consequence) == [.nothing])
    #expect(found.settled.map(\.number) == Array(0..<3) + Array(6..<12))
    #expect(found.waiting.map(\.number) == Array(12..<60))
  }

  @Test("Left over blocks and empty slots are not bad")
  func leftOver() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3), now: start)
    for _ in 0..<40 { ring.appendBlock() }
    let found = Diagnostics(try SpoolReader(disk))
    #expect(found.blocks.contains { $0.standing == .leftOver })
    #expect(found.bad.isEmpty)
    #expect(found.losses.isEmpty)
    #expect(found.waiting == ring.readAll())
  }

  @Test("Records that were settled in memory are not lost")
  func holes() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    ring.appendBlock()
    for _ in 0..<5 { ring.append([1], critical: false, now: start) }
    for record in ring.next(after: nil, limit: 4, now: start).dropFirst() {
      ring.acknowledge(record.number, now: start)
    }
    ring.appendBlock()
    let (reader, found) = try read(disk.image)
    #expect(found.losses.isEmpty && found.waiting.map(\.number) == [0, 4, 5, 6])
    #expect(reader.totals.taken == 7)
  }

  @Test("A number that is there twice with different content is told, and the same content is not")
  func twice() throws {
    var image = try filled()
    // The copy takes the place of the last block, under the number that belongs there.
    let newest = try SpoolReader(MemoryDisk(image)).newestSlot
    let same = try #require(image.slots[newest - 2])
    let first = try Block(decoding: same).first
    let number = try Block(decoding: try #require(image.slots[newest])).number
    image.slots[newest] = same
    change(&image, newest) { bytes in
      bytes.withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self) }
    }
    #expect(try read(image).1.differing == [])
    change(&image, newest) { $0[110] ^= 1 }
    #expect(try read(image).1.differing == [first])
  }

  @Test("Reports that the newest block carries wait, behind everything else, without a number")
  func carried() throws {
    var block = try Block(decoding: try #require(try filled().slots[1]))
    block.carried = [[1, 2], []]
    var image = MemoryDisk.Image(slotsPerSegment: 8)
    for slot in 0..<8 { image.slots[slot] = [UInt8](repeating: 0, count: blockSize) }
    block.records.removeLast()
    image.slots[1] = block.encoded()
    let (_, found) = try read(image)
    #expect(found.carried == [[1, 2], []])
    #expect(found.waiting.map(\.number) == [0, 1])
  }

  // MARK: Not a spool

  @Test("A newer version is an error that says where, wherever it is", arguments: [0, 3, 7, 22])
  func newer(slot: Int) throws {
    var image = try filled()
    image.slots[slot] = image.slots[1]
    change(&image, slot) { $0[3] = 2 }
    #expect(throws: SpoolReaderError.version(2, slot: slot)) { try SpoolReader(MemoryDisk(image)) }
  }

  @Test("Nothing, blank segments, foreign ones, broken ones: each is another error")
  func nothing() throws {
    #expect(throws: SpoolReaderError.noSegments) { try SpoolReader(MemoryDisk()) }
    let disk = MemoryDisk(slotsPerSegment: 8)
    try disk.createSegment(0)
    #expect(throws: SpoolReaderError.blank) { try SpoolReader(disk) }
    disk.image.slots[1] = [UInt8](repeating: 0xFF, count: blockSize)
    disk.image.slots[2] = [UInt8](repeating: 0, count: 4_095) + [1]
    #expect(throws: SpoolReaderError.notASpool(foreign: 1, broken: 1)) { try SpoolReader(disk) }
    disk.fault = { access, _, _ in access == .read ? EACCES : nil }
    #expect(throws: SpoolReaderError.storage(StorageError("read 0 in memory", code: EACCES))) { try SpoolReader(disk) }
    disk.fault = { access, _, _ in access == .list ? ENOENT : nil }
    #expect(throws: SpoolReaderError.storage(StorageError("list 0 in memory", code: ENOENT))) { try SpoolReader(disk) }
  }

  @Test("A segment of another spool is left out; one of noise is bad, slot by slot, and the rest is read")
  func foreignSegments() throws {
    var image = try filled()
    let other = try filled()
    // The older base is the other one's.
    for index in 0..<8 { image.slots[800 + index] = other.slots[index] }
    for index in 0..<8 { image.slots[1_600 + index] = [UInt8](repeating: 0xFF, count: blockSize) }
    let (reader, found) = try read(image)
    #expect(reader.segments.map(\.state) == [.waiting, .waiting, .waiting, .otherSpool, .unused])
    #expect(found.waiting.map(\.number) == Array(0..<60))
    #expect(found.losses.isEmpty)
    #expect(found.bad.map(\.slot) == Array(1_600..<1_608))
    #expect(found.bad.allSatisfy { $0.fault == .foreign && $0.consequence == .unknown })
  }

  // MARK: Anything

  @Test(
    "Blocks with any fields behind a valid checksum: no trap, ascending order, the same each time, two reads a slot",
    arguments: 1...60 as ClosedRange<UInt64>)
  func resealed(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var image = try filled()
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      change(&image, Int.random(in: 0..<23, using: &random)) { bytes in
        for _ in 0..<3 {
          let offset = Int.random(in: 8..<90, using: &random)
          bytes[offset] =
            [0, 1, 0x0F, 0xFF, UInt8.random(in: 0...255, using: &random)][
              Int.random(in: 0..<5, using: &random)]
        }
      }
    }
    let disk = MemoryDisk(image)
    guard let reader = try? SpoolReader(disk) else { return }
    let found = Diagnostics(reader)
    #expect(disk.accesses <= 2 * image.slots.count + 2)
    #expect(disk.operations.isEmpty)
    #expect(zip(found.waiting, found.waiting.dropFirst()).allSatisfy { $0.number < $1.number })
    let again = Diagnostics(reader)
    #expect(again.waiting == found.waiting)
    #expect(again.losses == found.losses)
    #expect(again.bad == found.bad)
  }

  @Test("What the daemon writes only grows; what shrinks is out of order")
  func order() throws {
    let blocks = try read(try filled()).1.blocks
    var check = SpoolReader.OrderCheck()
    #expect(blocks.allSatisfy { check.fault(in: $0) == nil })
    var image = try filled()
    change(&image, 3) { $0[80] = 9 }
    check = SpoolReader.OrderCheck()
    let faults = try read(image).1.blocks.compactMap { check.fault(in: $0) }
    #expect(faults == ["epoch 1 after 9"])
  }
}
