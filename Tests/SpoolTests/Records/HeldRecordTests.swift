import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Records that are held back, or that will never be accepted.
@Suite struct HeldRecordTests: UsesLanes {
  let lossReporter = SilentBookkeeper()

  @Test("A held record is handed out to who asks for it and to nobody else, also on a new connection")
  func held() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    _ = ring.readAll()
    for number: RecordNumber in [10, 2, 5, 77] { ring.hold(number) }
    for number in 0...9 as ClosedRange<RecordNumber> where number != 2 && number != 5 {
      ring.acknowledge(number, now: start)
    }
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [])
    #expect(ring.counters.waiting == 3)
    #expect(ring.addsUp)
    #expect(numbers(ring.nextHeld(limit: 2, now: start)) == [2, 5])
    ring.acknowledge(2, now: start)
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [])
    ring.readAnew()
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [5])
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [10])
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [])
    for number: RecordNumber in [5, 10] { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
  }

  @Test("A rejected record is given up and told, on the disk, in RAM and ahead")
  func rejected() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    ring.append(payload(11), critical: false, urgent: true, now: start)
    _ = ring.next(after: nil, limit: 12, now: start)
    for number: RecordNumber in [11, 4, 10, 99] { ring.reject(number, payload(number), now: start) }
    #expect(lossReporter.lost.map(\.bytes) == [11, 4, 10].map { payload($0) })
    #expect(lossReporter.lost.allSatisfy { $0.reason == .rejected })
    #expect(ring.counters.evicted == 3)
    #expect(ring.counters.waiting == 9)
    #expect(ring.addsUp)
  }

  @Test("What was rejected while an older record waits is found again after a restart, and is in one sum only")
  func rejectedAboveCursor() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    backlog(&ring)
    _ = ring.next(after: nil, limit: 10, now: start)
    for number in 5..<10 as Range<RecordNumber> { ring.reject(number, payload(number), now: start) }
    ring.append(payload(10), critical: true, now: start)
    var after = try self.ring(MemoryDisk(disk.image))
    #expect(after.counters.ledger.evicted == 0)
    #expect(after.counters.waiting == 11)
    #expect(after.addsUp)
    for record in after.readAll() { after.reject(record.number, record.bytes, now: start) }
    #expect(after.counters.ledger.evicted == 11)
    #expect(after.counters.waiting == 0)
    #expect(after.addsUp)
  }

  /// Four of six records are rejected.
  private func rejecting(_ disk: MemoryDisk) throws -> Ring {
    var ring = try Ring(opening: disk, options: smallOptions(), lossReporter: Accountant(), now: start)
    for id in 0..<6 as Range<UInt64> { ring.append(identified(id), critical: id == 5, now: start) }
    _ = ring.next(after: nil, limit: 6, now: start)
    for number in 0..<4 as Range<RecordNumber> { ring.reject(number, identified(number), now: start) }
    return ring
  }

  private func reported(_ ring: inout Ring) -> Set<UInt64> {
    Set(ring.readAll().compactMap { Accountant.report(in: $0.bytes)?.lost }.joined())
  }

  @Test("The block that settles rejected records carries their report")
  func rejectedReport() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try rejecting(disk)
    #expect(ring.counters.taken == 6)
    ring.append(identified(6), critical: true, now: start)
    var after = try Ring(
      opening: MemoryDisk(disk.image), options: smallOptions(), lossReporter: Accountant(), now: start)
    #expect(reported(&after) == Set(0..<4))
  }

  @Test(
    "What is rejected all the time is reported every ten seconds, with a block each; a rejected report is not reported")
  func rejectedForEver() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(), lossReporter: Accountant(), now: start)
    let before = disk.writtenSlots.count
    var (last, now): (RecordNumber?, Uptime) = (nil, start)
    for id in 0..<200 as Range<UInt64> {
      ring.append(identified(id), critical: false, now: now)
      for record in ring.next(after: last, limit: 9, now: now) {
        if !record.isAhead { last = record.number }
        let isReport = Accountant.report(in: record.bytes) != nil
        ring.reject(record.number, isReport ? nil : record.bytes, now: now)
      }
      now = now + .milliseconds(500)
      ring.tick(now: now)
      #expect(ring.addsUp)
    }
    #expect(ring.counters.taken - 200 <= 10)
    #expect(ring.counters.evicted >= 200)
    #expect(disk.writtenSlots.count - before <= 22, "\(disk.writtenSlots.count - before)")
  }

  @Test("Without a block the report of what was rejected follows in ten seconds")
  func lateReport() throws {
    var ring = try rejecting(MemoryDisk(slotsPerSegment: 8))
    #expect(ring.deadline == start + .seconds(10))
    ring.tick(now: start + .seconds(9))
    #expect(ring.counters.taken == 6)
    ring.tick(now: start + .seconds(10))
    #expect(ring.counters.taken == 7)
    #expect(ring.addsUp)
    #expect(reported(&ring) == Set(0..<4))
  }

  @Test("What is held does not keep urgent records from going first")
  func urgentBesideHeld() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try ring(disk)
    backlog(&before)
    var ring = try ring(MemoryDisk(disk.image))
    _ = ring.readAll()
    ring.hold(4)
    for number in 0...9 as ClosedRange<RecordNumber> where number != 4 { ring.acknowledge(number, now: start) }
    ring.append(payload(10), critical: true, now: start)
    ring.append(payload(11), critical: false, urgent: true, now: start)
    #expect(numbers(ring.next(after: 9, limit: 9, now: start)) == [11, 10])
  }

  @Test("A held record that the disk does not give at the moment stays held, and those behind it too")
  func heldUnreadable() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<3 { ring.appendBlock() }
    let slots = disk.writtenSlots.suffix(3)
    _ = ring.readAll()
    for number: RecordNumber in [0, 1, 2] { ring.hold(number) }
    disk.fault = { access, _, place in access == .read && place == slots.first.map { $0 + 1 } ? EIO : nil }
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [0])
    #expect(ring.heldWasCutShort)
    ring.readAnew()
    #expect(numbers(ring.next(after: nil, limit: 9, now: start)) == [0])
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(numbers(ring.nextHeld(limit: 9, now: start + .seconds(30))) == [1, 2])
    #expect(!ring.heldWasCutShort)
    for number in 0...2 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
  }

  @Test("A held record that is too old by now is given up and reported")
  func heldExpired() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    _ = ring.readAll()
    for number: RecordNumber in [3, 4, 10] { ring.hold(number) }
    lossReporter.expired = { $0 == payload(3) || $0 == payload(10) }
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [4])
    #expect(ring.counters.expired == 2)
    #expect(lossReporter.lost.count == 2)
    #expect(ring.addsUp)
    for number in 0..<10 as Range<RecordNumber> where number != 3 { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
  }

  @Test("What was rejected ahead of its turn on the disk counts as given up, also when its block is lost")
  func rejectedAheadOnDisk() throws {
    for isLost in [false, true] {
      let disk = MemoryDisk(slotsPerSegment: 8)
      var ring = try ring(disk)
      ring.appendBlock()
      ring.append(payload(1, length: Block.maximumRecord), critical: true, urgent: true, now: start)
      let slot = try #require(disk.writtenSlots.last)
      ring.appendBlock()
      #expect(numbers(ring.next(after: nil, limit: 1, now: start)) == [1])
      ring.reject(1, payload(1), now: start)
      #expect(ring.counters.evicted == 0)
      #expect(ring.addsUp)
      if isLost { disk.image.slots[slot] = [UInt8](repeating: 0, count: blockSize) }
      #expect(numbers(ring.readAll()) == [0, 2])
      #expect(ring.counters.evicted == 1)
      #expect(ring.counters.ledger.evicted == 1)
      #expect(ring.counters.lost == 0)
      for number: RecordNumber in [0, 2] { ring.acknowledge(number, now: start) }
      #expect(ring.counters.acknowledged == 2)
      #expect(ring.counters.waiting == 0)
      #expect(ring.addsUp)
    }
  }

  @Test("Rejections between records that wait take a bit each, and after a restart the sums are right")
  func rejectedBetween() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring = try ring(disk, segments: 200)
    for number in 0..<6_000 { ring.append([UInt8(number % 251)], critical: number == 5_999, now: start) }
    for record in ring.readAll(portion: 500) where record.number % 3 == 1 {
      ring.reject(record.number, nil, now: start)
    }
    #expect(ring.beyond.lost.isEmpty)
    #expect(ring.losses(notBelow: 0).evicted == 2_000)
    for number in 0..<3_000 as Range<RecordNumber> where number % 3 != 1 { ring.acknowledge(number, now: start) }
    ring.append([1], critical: true, now: start)
    let after = try self.ring(MemoryDisk(disk.image), segments: 200)
    #expect(after.counters.ledger.evicted == 1_000)
    #expect(after.counters.waiting == 3_001)
    #expect(after.addsUp)
  }
}
