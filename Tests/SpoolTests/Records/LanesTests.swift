import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Records that go before their turn.
@Suite struct LanesTests: UsesLanes {
  let lossReporter = SilentBookkeeper()

  @Test("An urgent record goes before those on the disk, once; the others keep their order")
  func urgent() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    ring.append(payload(11), critical: false, urgent: true, now: start)
    let first = ring.next(after: nil, limit: 4, now: start)
    #expect(numbers(first) == [11, 0, 1, 2])
    #expect(first.map(\.isAhead) == [true, false, false, false])
    #expect(ring.addsUp)
    ring.acknowledge(11, now: start)
    #expect(ring.counters.acknowledged == 1)
    #expect(ring.addsUp)
    #expect(numbers(ring.next(after: 2, limit: 20, now: start)) == Array(3...10))
    for number in 0...10 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.acknowledged == 12)
    #expect(ring.addsUp)
  }

  @Test("An urgent record that is on its way when the connection ends goes first on the next one")
  func urgentAgain() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: true, urgent: true, now: start)
    #expect(numbers(ring.next(after: nil, limit: 2, now: start)) == [10, 0])
    #expect(numbers(ring.next(after: 0, limit: 20, now: start)) == Array(1...9))
    #expect(numbers(ring.next(after: 9, limit: 20, now: start)) == [])
    // All have been handed out: nothing waits behind the disk's records any more, and order rules.
    ring.readAnew()
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == Array(0...10))
  }

  @Test("One that was acknowledged ahead on the disk is not handed out again, and is counted when its turn comes")
  func acknowledgedOnDisk() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: true, urgent: true, now: start)
    ring.append(payload(11), critical: true, now: start)
    #expect(numbers(ring.next(after: nil, limit: 1, now: start)) == [10])
    ring.acknowledge(10, now: start)
    ring.acknowledge(10, now: start)
    #expect(ring.counters.waiting == 12)
    #expect(ring.addsUp)
    let rest = ring.next(after: nil, limit: 20, now: start)
    #expect(numbers(rest) == Array(0...9) + [11])
    #expect(ring.addsUp)
    for record in rest { ring.acknowledge(record.number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.acknowledged == 12)
    #expect(ring.addsUp)
  }

  @Test("Newest first: what comes goes at once, in order, while the backlog follows in its own order")
  func newestFirst() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8), order: .newestFirst)
    backlog(&ring)
    var got: [RecordNumber] = []
    var last: RecordNumber?
    for number in 10..<20 as Range<RecordNumber> {
      ring.append(payload(number), critical: false, now: start)
      for record in ring.next(after: last, limit: 2, now: start) {
        got.append(record.number)
        if !record.isAhead { last = record.number }
        ring.acknowledge(record.number, now: start)
        #expect(ring.addsUp)
      }
    }
    #expect(got == [10, 0, 11, 1, 12, 2, 13, 3, 14, 4, 15, 5, 16, 6, 17, 7, 18, 8, 19, 9])
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.acknowledged == 20)
  }

  @Test("With a record that expires in RAM go those behind it that were acknowledged ahead, and the next one follows")
  func expiredBeforeAcknowledged() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    for number in 10..<13 as Range<RecordNumber> {
      ring.append(payload(number), critical: false, urgent: number == 11, now: start)
    }
    #expect(numbers(ring.next(after: nil, limit: 1, now: start)) == [11])
    ring.acknowledge(11, now: start)
    lossReporter.expired = { $0 == payload(10) }
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)).filter { $0 >= 10 } == [12])
    #expect(ring.counters.expired == 1)
    #expect(ring.addsUp)
  }

  @Test("What was acknowledged ahead and goes with its segment is no loss")
  func evictedAfterDelivery() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, segments: 3)
    for _ in 0..<3 { ring.appendBlock() }
    ring.append(payload(3, length: Block.maximumRecord), critical: true, urgent: true, now: start)
    #expect(numbers(ring.next(after: nil, limit: 1, now: start)) == [3])
    ring.acknowledge(3, now: start)
    while ring.counters.evicted == 0 { ring.appendBlock() }
    #expect(!lossReporter.lost.contains { $0.bytes == payload(3, length: Block.maximumRecord) })
    #expect(ring.counters.acknowledged == 1)
    #expect(ring.addsUp)
  }

  @Test(
    "After a restart urgent records wait behind those of earlier lives; when these have arrived, they go first again")
  func urgentAfterRestart() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var first = try ring(disk)
    backlog(&first)
    first.append(payload(10), critical: true, urgent: true, now: start)
    // The second life adds one of its own to the backlog.
    var second = try ring(MemoryDisk(disk.image))
    second.append(payload(11), critical: true, urgent: true, now: start)
    var third = try ring(MemoryDisk((second.store as? MemoryDisk)?.image ?? disk.image))
    third.append(payload(12), critical: false, urgent: true, now: start)
    #expect(numbers(third.next(after: nil, limit: 6, now: start)) == Array(0...5))
    third.append(payload(13), critical: true, urgent: true, now: start)
    #expect(numbers(third.next(after: 5, limit: 20, now: start)) == Array(6...13))
    // They are on their way, and none may be overtaken yet: the connection may be lost.
    third.append(payload(14), critical: true, now: start)
    third.append(payload(15), critical: true, urgent: true, now: start)
    third.readAnew()
    #expect(numbers(third.next(after: nil, limit: 2, now: start)) == [0, 1])
    #expect(numbers(third.next(after: 1, limit: 20, now: start)) == Array(2...15))
    for number in 0...15 as ClosedRange<RecordNumber> { third.acknowledge(number, now: start) }
    third.append(payload(16), critical: true, now: start)
    third.append(payload(17), critical: true, urgent: true, now: start)
    #expect(numbers(third.next(after: 15, limit: 20, now: start)) == [17, 16])
    #expect(third.addsUp)
  }

  @Test("When there are more urgent records than the list takes, the later ones do not overtake those beyond it")
  func urgentBeyondLimit() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 64), segments: 400)
    backlog(&ring)
    for number in 10..<1_030 as Range<RecordNumber> {
      ring.append([UInt8(number % 251)], critical: number == 1_029, urgent: true, now: start)
    }
    var (got, last): ([RecordNumber], RecordNumber?) = ([], nil)
    for _ in 0..<20 {
      for record in ring.next(after: last, limit: 50, now: start) {
        got.append(record.number)
        if !record.isAhead { last = record.number }
        ring.acknowledge(record.number, now: start)
      }
    }
    // There is room in the list again, and some still wait that were not in it.
    ring.append([1], critical: false, urgent: true, now: start)
    while true {
      let records = ring.next(after: last, limit: 50, now: start)
      guard !records.isEmpty else { break }
      got += records.map(\.number)
      last = records.last { !$0.isAhead }?.number ?? last
    }
    #expect(got == Array(10..<1_010) + Array(0..<10) + Array(1_010...1_030))
  }

  @Test("An urgent record that was on its way in order when the connection ended is not overtaken by a later one")
  func urgentInOrderThenLost() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    ring.append(payload(0), critical: false, now: start)
    ring.append(payload(1), critical: false, urgent: true, now: start)
    #expect(numbers(ring.next(after: nil, limit: 9, now: start)) == [0, 1])
    // The connection is dead, and nobody knows yet.
    ring.append(payload(2), critical: false, now: start)
    ring.append(payload(3), critical: true, urgent: true, now: start)
    ring.readAnew()
    let again = ring.next(after: nil, limit: 9, now: start)
    #expect(numbers(again) == [1, 3, 0, 2])
    #expect(again.map(\.isAhead) == [true, true, false, false])
    #expect(numbers(ring.next(after: 2, limit: 9, now: start)) == [])
    for number in 0...3 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.acknowledged == 4)
    #expect(ring.addsUp)
  }

  @Test("An urgent record that cannot be read at the moment is not overtaken")
  func urgentUnreadable() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    backlog(&ring)
    ring.append(payload(10, length: Block.maximumRecord), critical: true, urgent: true, now: start)
    ring.append(payload(11), critical: false, urgent: true, now: start)
    let slot = try #require(disk.writtenSlots.last)
    disk.fault = { access, _, place in access == .read && place == slot ? EIO : nil }
    #expect(numbers(ring.next(after: nil, limit: 3, now: start)) == [0, 1, 2])
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(numbers(ring.next(after: 2, limit: 3, now: start + .seconds(30))) == [10, 11, 3])
  }
}
