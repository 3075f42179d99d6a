import Telemetry
import TestSupport
import Testing

@testable import Spool

@Suite struct EvictionTests {
  @Test("At the limit the oldest segment goes, counted exactly, and the rest stays in order")
  func evictOldest() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3), now: start)
    for _ in 0..<40 { ring.appendBlock() }
    let counters = ring.counters
    #expect(disk.image.segments == [0, 1, 2])
    #expect(counters.evicted > 0)
    #expect(counters.evicted + counters.waiting == 40)
    #expect(ring.addsUp)
    #expect(ring.readAll().map(\.number) == Array(RecordNumber(counters.evicted)..<40))
    let noticed = ring.notices.reduce(0) { if case .evicted(let records) = $1 { $0 + records } else { $0 } }
    #expect(noticed == counters.evicted)
  }

  @Test("What was evicted stays evicted and counted after a restart")
  func evictedEver() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3), now: start)
    for _ in 0..<40 { ring.appendBlock() }
    let evicted = ring.counters.evicted
    var again = try Ring(opening: disk, options: smallOptions(segments: 3), now: start)
    let more = again.counters.evicted
    #expect(again.counters.ledger.evicted == UInt64(evicted + more))
    #expect(again.readAll().map(\.number) == Array(RecordNumber(evicted + more)..<40))
    #expect(again.counters.lost == 0)
    #expect(again.addsUp)
  }

  @Test("A smaller limit than before gives the space back as the backlog goes, and costs no record that waits")
  func smallerLimit() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try Ring(opening: disk, options: smallOptions(segments: 10), now: start)
    for _ in 0..<60 { before.appendBlock() }
    #expect(disk.image.segments.count == 9)
    let left = MemoryDisk(disk.image)
    var ring = try Ring(opening: left, options: smallOptions(segments: 3), now: start)
    #expect(ring.counters.evicted == 0)
    #expect(left.image.segments.count == 9)
    var last: RecordNumber?
    while true {
      let records = ring.next(after: last, limit: 5, now: start)
      guard let newest = records.last else { break }
      last = newest.number
      for record in records { ring.acknowledge(record.number, now: start) }
    }
    #expect(last == 59)
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.lost == 0)
    #expect(ring.addsUp)
    // Everything has arrived, and the disk knows: one segment is in use, and one is kept for the next block.
    #expect(left.image.segments.count <= 3, "\(left.image.segments)")
    for _ in 0..<60 { ring.appendBlock() }
    #expect(left.image.segments.count == 3)
    #expect(ring.counters.evicted > 0)
    #expect(ring.addsUp)
    var after = try Ring(opening: MemoryDisk(left.image), options: smallOptions(segments: 3), now: start)
    #expect(after.readAll().last?.number == 119)
    #expect(after.counters.lost == 0)
  }

  @Test("While the backlog that is above a smaller limit waits, its oldest go for new ones and no others")
  func smallerLimitFull() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try Ring(opening: disk, options: smallOptions(segments: 10), now: start)
    for _ in 0..<60 { before.appendBlock() }
    var ring = try Ring(opening: MemoryDisk(disk.image), options: smallOptions(segments: 3), now: start)
    for _ in 0..<7 { ring.appendBlock() }
    #expect(ring.counters.evicted <= 14)
    #expect(ring.counters.waiting >= 53)
    #expect(ring.addsUp)
  }

  @Test("Records in flight may be evicted; their late acknowledgement changes nothing")
  func evictInFlight() throws {
    var ring = try Ring(
      opening: MemoryDisk(slotsPerSegment: 8), options: smallOptions(segments: 2), now: start)
    for _ in 0..<6 { ring.appendBlock() }
    _ = ring.next(after: nil, limit: 3, now: start)
    for _ in 0..<14 { ring.appendBlock() }
    let before = ring.counters
    #expect(before.evicted >= 3)
    for number in 0..<3 as Range<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters == before)
    #expect(ring.addsUp)
  }

  @Test("Room is first made of what is acknowledged: nothing that waits is evicted for it")
  func settledFirst() throws {
    var ring = try Ring(
      opening: MemoryDisk(slotsPerSegment: 8), options: smallOptions(segments: 2), now: start)
    for _ in 0..<13 { ring.appendBlock() }
    for record in ring.next(after: nil, limit: 6, now: start) { ring.acknowledge(record.number, now: start) }
    for _ in 0..<3 { ring.appendBlock() }
    #expect(ring.counters.evicted == 0)
    #expect(ring.readAll().map(\.number) == Array(6..<16))
  }

  @Test("A power cut while a segment is overwritten reports no loss of what was settled in it", arguments: [0, 7])
  func cutWhileOverwriting(acknowledged: Int) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 2), now: start)
    for _ in 0..<13 { ring.appendBlock() }
    for record in ring.next(after: nil, limit: 6, now: start) { ring.acknowledge(record.number, now: start) }
    for _ in 0..<7 { ring.appendBlock() }
    for record in ring.next(after: nil, limit: acknowledged, now: start) { ring.acknowledge(record.number, now: start) }
    let before = disk.operations.count
    ring.appendBlock()
    #expect(ring.counters.evicted == 7 - acknowledged)
    var cut = PowerCut(on: MemoryDisk.Image(slotsPerSegment: 8))
    var random = SeededRandom(seed: 1)
    for (index, operation) in disk.operations.enumerated() {
      for _ in 0..<20 where index >= before {
        let left = MemoryDisk(cut.image(during: operation, using: &random))
        var after = try Ring(opening: left, options: smallOptions(segments: 3), now: start)
        #expect(after.readAll().map(\.number).filter { (13...19).contains($0) } == Array(13...19))
        #expect(after.counters.lost == 0, "operation \(index)")
      }
      cut.perform(operation)
    }
  }

  @Test("Saving the cursor never evicts")
  func cursorDoesNotEvict() throws {
    var options = smallOptions(segments: 2)
    options.cursorAfter = 1
    var ring = try Ring(opening: MemoryDisk(slotsPerSegment: 8), options: options, now: start)
    for _ in 0..<13 { ring.appendBlock() }
    for _ in 0..<5 {
      for record in ring.next(after: nil, limit: 1, now: start) { ring.acknowledge(record.number, now: start) }
    }
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.waiting == 8)
    #expect(ring.readAll().map(\.number) == Array(5..<13))
  }

  @Test("Refusing the newest: nothing is evicted, nothing accepted is kept in RAM only, and room comes back")
  func refuseNewest() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 3, whenFull: .refuseNewest), now: start)
    ring.notices = []
    var taken = 0
    for _ in 0..<60 where ring.appendBlock() != nil { taken += 1 }
    #expect(taken > 8)
    #expect(taken < 21)
    #expect(ring.counters.refused == 60 - taken)
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.durable == taken)
    #expect(ring.counters.waiting == taken)
    #expect(ring.notices == [.refusalBegan(waiting: taken)])
    for record in ring.readAll() { ring.acknowledge(record.number, now: start) }
    #expect(ring.appendBlock() != nil)
    #expect(ring.notices.last == .refusalEnded(refused: 60 - taken))
    #expect(ring.addsUp)
  }

  @Test("Refusing the newest with small records: what is taken is on the disk at its deadline")
  func refuseNewestSmall() throws {
    var ring = try Ring(
      opening: MemoryDisk(slotsPerSegment: 8), options: smallOptions(segments: 2, whenFull: .refuseNewest), now: start)
    var now = start
    for step in 0..<400 {
      ring.append(payload(0, length: 40 + step % 300), critical: false, now: now)
      now = now + .seconds(1)
      ring.tick(now: now)
      if let oldest = ring.ram.oldest { #expect(oldest.taken + .seconds(5) > now) }
    }
    #expect(ring.counters.refused > 0)
    #expect(ring.counters.evicted == 0)
    #expect(ring.addsUp)
  }

  @Test("A disk that is full before the limit is a smaller disk")
  func noSpace() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    disk.fault = { access, number, _ in access == .create && number >= 2 ? 28 : nil }
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    for _ in 0..<40 { ring.appendBlock() }
    #expect(disk.image.segments == [0, 1])
    #expect(!ring.counters.degraded)
    #expect(ring.counters.evicted > 0)
    #expect(ring.addsUp)
    #expect(ring.readAll().count == ring.counters.waiting)
  }
}
