import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Cards on which several things fail at once.
@Suite struct FailingCardTests {
  /// So many failing reads may be made in one call: each can take a card half a minute, and the watchdog waits for one.
  private static let mostFailingReads = 2

  private func open(_ disk: MemoryDisk, _ order: SpoolOptions.Order = .oldestFirst) throws -> Ring {
    var options = SpoolOptions()
    options.order = order
    return try Ring(opening: disk, options: options, now: start)
  }

  /// Reads and acknowledges for a while, as the uplink does: also again, at once, where a call was cut short.
  private func drain(
    _ ring: inout Ring, rounds: Int, every interval: Duration = .seconds(31), from moment: Uptime = start,
    between: (inout Ring, Uptime) -> Void = { _, _ in }
  ) -> (delivered: Set<RecordNumber>, now: Uptime) {
    var (delivered, last, now) = (Set<RecordNumber>(), RecordNumber?.none, moment)
    for _ in 0..<rounds {
      between(&ring, now)
      while true {
        let records = ring.next(after: last, limit: 60, now: now)
        for record in records {
          if !record.isAhead { last = record.number }
          delivered.insert(record.number)
          ring.acknowledge(record.number, now: now)
        }
        if records.isEmpty, !ring.wasCutShort { break }
      }
      now = now + interval
      ring.tick(now: now)
    }
    return (delivered, now)
  }

  @Test("Two bad blocks are given up, whichever of two readers wants which", arguments: [false, true], [1, 2, 3])
  func twoBadBlocks(withUrgent: Bool, more: Int) throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring = try open(disk)
    for _ in 0..<80 { ring.appendBlock() }
    var bad = Set(4..<4 + more)
    for _ in 0..<more {
      ring.append(payload(80, length: Block.maximumRecord), critical: true, urgent: withUrgent, now: start)
      bad.insert(disk.writtenSlots.last ?? 0)
      for _ in 0..<3 { ring.appendBlock() }
    }
    var reads = 0
    disk.fault = { access, _, place in
      guard access == .read, bad.contains(place) else { return nil }
      reads += 1
      return EIO
    }
    let all = Int(ring.ram.end)
    let (delivered, _) = drain(&ring, rounds: 100, every: .seconds(10))
    #expect(ring.counters.lost == 2 * more)
    #expect(delivered.count == all - 2 * more)
    #expect(ring.addsUp)
    #expect(ring.counters.waiting == 0)
    #expect(reads <= 3 * bad.count)
  }

  @Test("A slot is given up after three failures that lie 30 s apart, whoever asks in between")
  func threeFailures() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try open(disk)
    // In segments of their own: a search begins with its segment's first slot.
    for number in 0..<12 as Range<RecordNumber> {
      ring.append(payload(number, length: Block.maximumRecord), critical: true, urgent: number == 9, now: start)
    }
    _ = ring.readAll()
    ring.hold(9)
    var reads: [Int: Int] = [:]
    disk.fault = { access, _, place in
      guard access == .read, place == 1 || place == 11 else { return nil }
      reads[place, default: 0] += 1
      return EIO
    }
    for second in 0..<60 {
      let now = start + .seconds(second)
      ring.tick(now: now)
      ring.readAnew()
      _ = ring.nextHeld(limit: 1, now: now)
      #expect(ring.next(after: nil, limit: 9, now: now).isEmpty)
    }
    #expect(reads == [1: 2, 11: 2])
    #expect(ring.counters.lost == 0)
    ring.tick(now: start + .seconds(60))
    #expect(!ring.next(after: nil, limit: 9, now: start + .seconds(60)).isEmpty)
    #expect(reads[1] == 3)
    #expect(ring.counters.lost == 1)
  }

  @Test("The first slot of the only segment is given up as well")
  func firstOfOnly() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try open(disk)
    for _ in 0..<4 { ring.appendBlock() }
    disk.fault = { access, _, place in access == .read && place == 0 ? EIO : nil }
    let (delivered, _) = drain(&ring, rounds: 10)
    #expect(delivered == [0, 1, 2, 3])
    #expect(ring.counters.waiting == 0)
  }

  @Test("A bad region is read through in many calls, each with few reads that fail")
  func badRegion() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring = try open(disk)
    for _ in 0..<250 { ring.appendBlock() }
    var (failing, worst, all) = (0, 0, 0)
    disk.fault = { access, _, place in
      guard access == .read, (64..<192).contains(place), place != 64 else { return nil }
      (failing, all) = (failing + 1, all + 1)
      return EIO
    }
    var (delivered, last, now) = (0, RecordNumber?.none, start)
    for _ in 0..<400 {
      failing = 0
      let records = ring.next(after: last, limit: 60, now: now)
      worst = max(worst, failing)
      for record in records {
        last = record.number
        delivered += 1
        failing = 0
        ring.acknowledge(record.number, now: now)
        worst = max(worst, failing)
      }
      guard records.isEmpty, !ring.wasCutShort else { continue }
      now = now + .seconds(31)
      ring.tick(now: now)
    }
    #expect(worst <= Self.mostFailingReads)
    #expect(ring.counters.lost == 125)
    #expect(delivered == 125)
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
    #expect(all < 300, "\(all)")
  }

  @Test(
    "A disk that died with a backlog on it keeps no new reading from going out; when it is back the backlog follows",
    arguments: [SpoolOptions.Order.oldestFirst, .newestFirst], [false, true])
  func deadDisk(order: SpoolOptions.Order, wasRead: Bool) throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring = try open(disk, order)
    for _ in 0..<10 { ring.appendBlock() }
    // Handed out on a connection that was lost: on the next one they come again.
    if wasRead { _ = ring.readAll() }
    ring.readAnew()
    disk.fault = { _, _, _ in EIO }
    var (delivered, now) = drain(&ring, rounds: 2_000, every: .seconds(1)) { ring, now in
      ring.append([1], critical: false, now: now)
    }
    #expect(delivered.count >= (order == .newestFirst ? 1_900 : 1_850), "\(delivered.count)")
    #expect(ring.counters.lost == 0)
    #expect(ring.counters.waiting == 2_010 - delivered.count)
    #expect(ring.addsUp)
    disk.fault = { _, _, _ in nil }
    ring.readAnew()
    let rest = drain(&ring, rounds: 10, from: now)
    now = rest.now
    #expect(delivered.isDisjoint(with: rest.delivered))
    #expect(delivered.union(rest.delivered).count == 2_010)
    #expect(ring.counters.waiting == 0)
    #expect(ring.counters.lost == 0)
    #expect(ring.addsUp)
  }

  @Test("Records in memory wait for a backlog that cannot be read for two minutes, and no longer")
  func twoMinutes() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try open(disk)
    for _ in 0..<3 { ring.appendBlock() }
    disk.fault = { access, _, _ in access == .write || access == .read ? EIO : nil }
    ring.append([1], critical: false, now: start)
    var now = start
    for _ in 0..<4 {
      #expect(ring.next(after: nil, limit: 9, now: now) == [])
      now = now + .seconds(30)
      ring.tick(now: now)
    }
    #expect(ring.next(after: nil, limit: 9, now: now).map(\.bytes) == [[1]])
    // After one read that succeeds order is kept again.
    disk.fault = { access, _, _ in access == .write ? EIO : nil }
    now = now + .seconds(30)
    ring.tick(now: now)
    #expect(ring.next(after: nil, limit: 1, now: now).map(\.number) == [0])
    ring.append([2], critical: false, now: now)
    #expect(ring.next(after: 0, limit: 9, now: now).map(\.number) == [1, 2, 4])
  }

  @Test("A held record whose block has gone bad is lost and told, like any other")
  func heldInBadBlock() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    let lossReporter = SilentBookkeeper()
    var ring = try Ring(opening: disk, options: SpoolOptions(), lossReporter: lossReporter, now: start)
    for _ in 0..<20 { ring.appendBlock() }
    var last: RecordNumber?
    for record in ring.next(after: nil, limit: 3, now: start) {
      last = record.number
      if record.number == 1 { ring.hold(1) } else { ring.acknowledge(record.number, now: start) }
    }
    disk.fault = { access, _, place in access == .read && (place == 2 || place == 8) ? EIO : nil }
    var (delivered, now) = (Set<RecordNumber>(), start)
    for _ in 0..<20 {
      for record in ring.nextHeld(limit: 1, now: now) { ring.hold(record.number) }
      for record in ring.next(after: last, limit: 60, now: now) {
        last = record.number
        delivered.insert(record.number)
        ring.acknowledge(record.number, now: now)
      }
      now = now + .seconds(31)
      ring.tick(now: now)
    }
    #expect(delivered.count == 16)
    #expect(ring.counters.lost == 2)
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
    #expect(lossReporter.unreadable.map(\.count) == [1, 1])
    #expect(ring.cursor == 20)
  }

  @Test("Held records of one bad block are told as one loss, and those that are on their way are not lost with them")
  func heldTogether() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    let lossReporter = SilentBookkeeper()
    var ring = try Ring(opening: disk, options: SpoolOptions(), lossReporter: lossReporter, now: start)
    for number in 0..<10 as Range<RecordNumber> { ring.append(payload(number), critical: number == 9, now: start) }
    ring.appendBlock()
    _ = ring.readAll()
    for number in [0, 2, 4] as [RecordNumber] { ring.hold(number) }
    let slots = Set(disk.writtenSlots.dropFirst().dropLast())
    for slot in slots { disk.image.slots[slot] = [UInt8](repeating: 0, count: blockSize) }
    ring.cached = nil
    #expect(ring.nextHeld(limit: 1, now: start).isEmpty)
    #expect(ring.counters.lost == 3 && lossReporter.unreadable.map(\.count) == [3] && ring.addsUp)
    for number in [1, 3, 5, 6, 7, 8, 9, 10] as [RecordNumber] { ring.acknowledge(number, now: start) }
    #expect(ring.counters.acknowledged == 8)
    #expect(ring.counters.waiting == 0)
    #expect(ring.addsUp)
  }

  @Test("Settled records behind a held one take next to no memory while the disk is away")
  func settledBehindHeld() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring = try open(disk)
    disk.fault = { access, _, _ in access == .write || access == .create ? EIO : nil }
    ring.append(payload(0, length: 50), critical: true, now: start)
    for record in ring.next(after: nil, limit: 9, now: start) { ring.hold(record.number) }
    var last: RecordNumber? = 0
    for number in 1...600_000 as ClosedRange<UInt64> {
      ring.append([UInt8(number % 251)], critical: false, now: start)
      for record in ring.next(after: last, limit: 9, now: start) {
        last = record.number
        ring.acknowledge(record.number, now: start)
      }
    }
    #expect(ring.ram.count < 1_000)
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.waiting == 1)
    #expect(ring.addsUp)
    ring.append([7], critical: false, now: start)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(ring.counters.durable == 2)
    #expect(disk.writtenSlots.count < 10)
    var after = try open(MemoryDisk(disk.image))
    #expect(after.readAll().map(\.number) == [0, 600_001])
    #expect(after.counters.lost == 0)
    #expect(after.addsUp)
  }
}
