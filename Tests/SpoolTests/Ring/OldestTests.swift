import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Looking at the oldest record must change nothing: the courier reads the same ring.
@Suite struct OldestTests {
  @Test("Nothing waits: nothing is the oldest")
  func nothing() throws {
    var ring = try Ring(opening: MemoryDisk(), options: SpoolOptions(), now: start)
    #expect(ring.oldestNumber == nil)
    #expect(ring.oldestWaiting() == nil)
    ring.append(payload(0), critical: false, now: start)
    for record in ring.readAll() { ring.acknowledge(record.number, now: start) }
    #expect(ring.oldestNumber == nil)
    #expect(ring.oldestWaiting() == nil)
  }

  @Test("It is found in RAM, on the disk, and behind what was settled, whether it was handed out or not")
  func everywhere() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 6), now: start)
    for number in 0..<40 as Range<RecordNumber> {
      ring.append(payload(number, length: 300), critical: number % 10 == 9, now: start)
      #expect(ring.oldestNumber == 0)
      #expect(ring.oldestWaiting() == payload(0, length: 300))
    }
    let all = ring.readAll()
    try #require(all.count == 40)
    // In an order that leaves holes before and behind.
    for number in [1, 0, 2, 5, 4, 3] as [RecordNumber] { ring.acknowledge(number, now: start) }
    #expect(ring.oldestWaiting() == payload(6, length: 300))
    for number in 6..<39 as Range<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.oldestWaiting() == payload(39, length: 300))
  }

  @Test("After a restart it is the oldest on the disk")
  func restart() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var first = try Ring(opening: disk, options: smallOptions(segments: 6), now: start)
    for number in 0..<20 as Range<RecordNumber> {
      first.append(payload(number, length: 900), critical: true, now: start)
    }
    for record in first.next(after: nil, limit: 7, now: start) { first.acknowledge(record.number, now: start) }
    first.close(now: start)
    let ring = try Ring(opening: disk, options: smallOptions(segments: 6), now: start)
    #expect(ring.oldestWaiting() == payload(7, length: 900))
  }

  @Test("A disk that cannot be read gives none, after one attempt, and nothing is condemned for it")
  func unreadable() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 6), now: start)
    for number in 0..<20 as Range<RecordNumber> {
      ring.append(payload(number, length: 900), critical: true, now: start)
    }
    _ = ring.takeNews()
    disk.fault = { access, _, _ in access == .read ? 5 : nil }
    let before = disk.accesses
    #expect(ring.oldestWaiting() == nil)
    #expect(disk.accesses == before + 1)
    disk.fault = { _, _, _ in nil }
    #expect(ring.oldestWaiting() == payload(0, length: 900))
    let news = ring.takeNews()
    #expect(news.notices.isEmpty)
    #expect(ring.readAll().count == 20)
  }
}
