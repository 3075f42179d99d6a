import Telemetry
import TestSupport
import Testing

@testable import Spool

@Suite struct RingTests {
  private func ring(_ disk: MemoryDisk, _ options: SpoolOptions = SpoolOptions()) throws -> Ring {
    try Ring(opening: disk, options: options, now: start)
  }

  private func failing(_ disk: MemoryDisk) -> MemoryDisk {
    let failing = MemoryDisk(disk.image)
    failing.fault = { access, _, _ in access == .sync ? 5 : nil }
    return failing
  }

  @Test("What is acknowledged in time never touches the disk")
  func nothingWritten() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    let before = disk.accesses
    var now = start
    for number in 0..<2_000 as Range<RecordNumber> {
      #expect(ring.append(payload(number), critical: false, now: now) == number)
      #expect(ring.next(after: nil, limit: 10, now: now).map(\.number) == [number])
      now = now + .milliseconds(100)
      ring.tick(now: now)
      ring.acknowledge(number, now: now)
    }
    ring.tick(now: now + .seconds(3_600))
    #expect(disk.accesses == before)
    #expect(ring.deadline == nil)
    #expect(ring.counters.acknowledged == 2_000)
    #expect(ring.counters.waiting == 0)
  }

  @Test("An orderly end costs one block, and the ledger goes on from there")
  func ledger() throws {
    let disk = MemoryDisk()
    var first = try ring(disk)
    for number in 0..<10 as Range<RecordNumber> {
      first.append(payload(number), critical: false, now: start)
      guard number < 7 else { continue }
      for record in first.next(after: nil, limit: 1, now: start) { first.acknowledge(record.number, now: start) }
    }
    let before = disk.operations.count
    first.close(now: start)
    #expect(disk.operations.count == before + 2)
    var ring = try ring(disk)
    for expected in [7, 10] as [UInt64] {
      let ledger = ring.counters.ledger
      #expect(ledger.taken == 10)
      #expect(ledger.acknowledged == expected)
      #expect(ledger.waiting == 10 - expected)
      for record in ring.readAll() { ring.acknowledge(record.number, now: start) }
    }
    #expect(ring.addsUp)
  }

  @Test("A record is written when it has waited for the deadline, and not before")
  func deadline() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    ring.append([1], critical: false, now: start)
    ring.append([2], critical: false, now: start + .seconds(3))
    #expect(ring.deadline == start + .seconds(5))
    ring.tick(now: start + .milliseconds(4_999))
    #expect(disk.writtenSlots == [0])
    #expect(ring.counters.durable == 0)
    ring.tick(now: start + .seconds(5))
    #expect(disk.writtenSlots == [0, 1])
    #expect(ring.counters.durable == 2)
    #expect(ring.deadline == nil)
  }

  @Test("A full block is written at the deadline, and what does not fit waits for its own")
  func wholeBlocks() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for second in 0..<5 {
      for _ in 0..<10 { ring.append(payload(0, length: 100), critical: false, now: start + .seconds(second)) }
    }
    ring.tick(now: start + .seconds(5))
    #expect(ring.counters.durable == 39)
    #expect(ring.counters.waiting == 50)
    #expect(ring.deadline == start + .seconds(8))
  }

  @Test("A critical record is on the disk at once, with all before it")
  func critical() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    ring.append([1], critical: false, now: start)
    ring.append([2], critical: true, now: start)
    #expect(disk.operations.suffix(1) == [.sync(segment: 0)])
    #expect(ring.counters.durable == 2)
  }

  @Test("32 KiB in RAM are written without waiting, in one go")
  func sizeLimit() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for _ in 0..<34 { ring.append(payload(0, length: 990), critical: false, now: start) }
    #expect(disk.writtenSlots == Array(0...8))
    #expect(disk.operations.count { $0 == .sync(segment: 0) } == 2)
    #expect(ring.counters.durable == 32)
    #expect(ring.counters.waiting == 34)
  }

  @Test("Records that come slowly fill blocks all the same, each write being one block")
  func slowRecords() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    var now = start
    for number in 0..<1_000 as Range<RecordNumber> {
      ring.append(payload(number, length: 70), critical: false, now: now)
      now = now + .seconds(10)
      ring.tick(now: now)
    }
    #expect(disk.writtenSlots.count == 1_001)
    #expect(ring.counters.durable == 1_000)
    // 55 records fill a block; where they were written in turn, one slot in three is left over.
    let used = disk.image.slots.values.count { $0.contains { $0 != 0 } }
    #expect(used < 1_000 / 55 * 3 / 2 + 4)
    var after = try self.ring(MemoryDisk(disk.image))
    #expect(after.readAll() == (0..<1_000).map { SpooledRecord(number: $0, bytes: payload($0, length: 70)) })
    #expect(after.counters.lost == 0)
    #expect(after.addsUp)
  }

  @Test("The time left follows from what came in the last minutes")
  func timeLeft() throws {
    var ring = try ring(MemoryDisk(), SpoolOptions())
    var now = start
    for _ in 0..<59 {
      ring.append(payload(0, length: 70), critical: false, now: now)
      now = now + .seconds(1)
    }
    #expect(ring.timeLeft(now: now) == nil)
    for _ in 0..<1_000 {
      ring.append(payload(0, length: 70), critical: false, now: now)
      now = now + .seconds(1)
    }
    // 64 MiB, two thirds of them for records of 72 bytes, one in a second.
    let days = try #require(ring.timeLeft(now: now)) / .seconds(86_400)
    #expect(days > 6.5)
    #expect(days < 7.2)
  }

  @Test("Reading goes from the disk to RAM without a seam, and again from wherever it is asked")
  func seam() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    for _ in 0..<20 { ring.appendBlock() }
    for number in 20..<30 as Range<RecordNumber> { ring.append(payload(number), critical: false, now: start) }
    #expect(ring.readAll().map(\.number) == Array(0..<30))
    #expect(ring.next(after: 18, limit: 4, now: start).map(\.number) == [19, 20, 21, 22])
    #expect(ring.next(after: nil, limit: 100, now: start).map(\.number) == Array(0..<30))
    #expect(ring.next(after: 29, limit: 100, now: start) == [])
  }

  @Test("What was never handed out cannot be skipped or acknowledged")
  func skipping() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    for _ in 0..<3 { ring.appendBlock() }
    ring.append([9], critical: false, now: start)
    #expect(ring.next(after: 77, limit: 2, now: start).map(\.number) == [0, 1])
    for number in [2, 3, 4, 99, RecordNumber.max] { ring.acknowledge(number, now: start) }
    #expect(ring.next(after: .max, limit: 9, now: start).map(\.number) == [2, 3])
    #expect(ring.counters.acknowledged == 0)
    #expect(ring.counters.waiting == 4)
    #expect(ring.addsUp)
  }

  @Test("Acknowledgements out of order, twice or too late leave the rest waiting")
  func outOfOrder() throws {
    var ring = try ring(MemoryDisk())
    for number in 0..<6 as Range<RecordNumber> { ring.append(payload(number), critical: number == 2, now: start) }
    _ = ring.next(after: nil, limit: 6, now: start)
    for number in [4, 1, 4, 1, 3] as [RecordNumber] { ring.acknowledge(number, now: start) }
    #expect(ring.cursor == 0)
    #expect(ring.next(after: nil, limit: 9, now: start).map(\.number) == [0, 2, 5])
    ring.acknowledge(0, now: start)
    #expect(ring.cursor == 2)
    #expect(ring.counters.waiting == 2)
    #expect(ring.addsUp)
  }

  @Test("A record acknowledged out of order is not written, and is no loss to whoever reads the block")
  func absent() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for number in 0..<4 as Range<RecordNumber> { ring.append(payload(number), critical: false, now: start) }
    _ = ring.next(after: nil, limit: 4, now: start)
    ring.acknowledge(1, now: start)
    ring.acknowledge(2, now: start)
    ring.tick(now: start + .seconds(5))
    var again = try self.ring(MemoryDisk(disk.image))
    #expect(again.counters.recovered == 2)
    #expect(again.readAll().map(\.number) == [0, 3])
    #expect(again.counters.lost == 0)
    #expect(again.addsUp)
  }

  @Test("The cursor is saved when the disk is drained, once, and only then")
  func drained() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for _ in 0..<3 { ring.appendBlock() }
    _ = ring.readAll()
    for number in 0..<2 as Range<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(disk.writtenSlots == [0, 1, 2, 3])
    ring.acknowledge(2, now: start)
    #expect(disk.writtenSlots == [0, 1, 2, 3, 4])
    ring.tick(now: start + .seconds(100))
    ring.close(now: start + .seconds(100))
    #expect(disk.writtenSlots == [0, 1, 2, 3, 4])
    #expect(try self.ring(MemoryDisk(disk.image)).counters.recovered == 0)
  }

  @Test("While the disk is drained slowly the cursor is saved every 30 s, or after 1,000 acknowledgements")
  func draining() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for _ in 0..<1_500 { ring.append(payload(0, length: 50), critical: false, now: start) }
    ring.tick(now: start + .seconds(5))
    let written = disk.writtenSlots.count
    let records = ring.readAll()
    #expect(records.count == 1_500)
    for record in records.prefix(999) { ring.acknowledge(record.number, now: start + .seconds(6)) }
    #expect(disk.writtenSlots.count == written)
    ring.acknowledge(records[999].number, now: start + .seconds(6))
    #expect(disk.writtenSlots.count == written + 1)
    ring.acknowledge(records[1_000].number, now: start + .seconds(7))
    #expect(ring.deadline == start + .seconds(37))
    ring.tick(now: start + .seconds(37))
    #expect(disk.writtenSlots.count == written + 2)
    #expect(ring.deadline == nil)
    #expect(try self.ring(MemoryDisk(disk.image)).counters.recovered == 499)
  }

  @Test("The epoch grows at every start, also when nothing was ever stored, and after a cut")
  func epochs() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    for expected in 1...40 as ClosedRange<UInt32> { #expect(try ring(disk).epoch == expected) }
    #expect(disk.image.segments == [0, 1])
    #expect(try ring(MemoryDisk(disk.image)).epoch == 41)
    // An epoch that could not be written is far away from those that the next starts will take.
    let unsaved = try (0..<5).map { _ in try ring(failing(disk)).epoch }
    #expect(Set(unsaved).count == 5)
    #expect(unsaved.allSatisfy { $0 > 41 })
  }

  @Test("Numbers go on where they were after a restart")
  func numbering() throws {
    let disk = MemoryDisk()
    var first = try ring(disk)
    first.appendBlock()
    first.appendBlock()
    first.close(now: start)
    var second = try ring(disk)
    #expect(second.append([1], critical: true, now: start) == 2)
    #expect(second.readAll().map(\.number) == [0, 1, 2])
  }

  @Test("Closing makes durable what was only in RAM")
  func closing() throws {
    let disk = MemoryDisk()
    var ring = try ring(disk)
    for number in 0..<90 as Range<RecordNumber> { ring.append(payload(number), critical: false, now: start) }
    ring.close(now: start)
    var again = try self.ring(disk)
    #expect(again.readAll() == (0..<90).map { SpooledRecord(number: $0, bytes: payload($0)) })
  }

  @Test("A record longer than a block is refused and counted")
  func tooLong() throws {
    var ring = try ring(MemoryDisk())
    ring.notices = []
    #expect(ring.append([UInt8](repeating: 1, count: 3_998), critical: true, now: start) == 0)
    #expect(ring.append([UInt8](repeating: 1, count: 3_999), critical: true, now: start) == nil)
    #expect(ring.notices == [.tooLong(bytes: 3_999, limit: 3_998)])
    #expect(ring.counters.refused == 1)
    #expect(ring.counters.taken == 1)
  }

  @Test("Segments are used again in turn: a drained ring does not grow")
  func recycling() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 100))
    for _ in 0..<200 {
      ring.appendBlock()
      for record in ring.readAll() { ring.acknowledge(record.number, now: start) }
    }
    #expect(disk.image.segments == [0, 1])
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.lost == 0)
    #expect(ring.addsUp)
  }

  @Test("10,000 records go through a small ring, and every byte comes back once, in order")
  func manyRecords() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 1_000))
    var expected: RecordNumber = 0
    for number in 0..<10_000 as Range<RecordNumber> {
      ring.append(payload(number, length: Int(number % 211)), critical: false, now: start)
      guard number % 3_000 == 2_999 else { continue }
      while let record = ring.next(after: nil, limit: 1, now: start).first {
        #expect(record == SpooledRecord(number: expected, bytes: payload(expected, length: Int(expected % 211))))
        ring.acknowledge(record.number, now: start)
        expected += 1
      }
    }
    #expect(expected == 9_000)
    #expect(ring.counters.acknowledged == 9_000)
    #expect(ring.counters.waiting == 1_000)
    #expect(ring.addsUp)
    #expect(ring.counters.lost == 0)
  }
}
