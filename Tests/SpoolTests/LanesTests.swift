import Glibc
import Simulation
import Telemetry
import Testing

@testable import Spool

/// Records that go before their turn, are held back, or are rejected.
@Suite struct LanesTests {
  private let bookkeeper = SilentBookkeeper()

  private func ring(_ disk: MemoryDisk, order: SpoolOptions.Order = .oldestFirst, segments: Int = 6) throws -> Ring {
    var options = smallOptions(segments: segments)
    options.order = order
    var ring = try Ring(opening: disk, options: options, bookkeeper: bookkeeper, now: start)
    ring.notices = []
    return ring
  }

  /// Ten records on the disk, which nobody has read.
  private func backlog(_ ring: inout Ring) {
    for number in 0..<10 as Range<RecordNumber> { ring.append(payload(number), critical: number == 9, now: start) }
  }

  private func numbers(_ records: [SpooledRecord]) -> [RecordNumber] { records.map(\.number) }

  @Test("An urgent record goes before those on the disk, once; the others keep their order")
  func urgent() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    ring.append(payload(11), critical: false, urgent: true, now: start)
    let first = ring.next(after: nil, limit: 4, now: start)
    #expect(numbers(first) == [11, 0, 1, 2] && first.map(\.isAhead) == [true, false, false, false])
    #expect(ring.addsUp)
    ring.acknowledge(11, now: start)
    #expect(ring.counters.acknowledged == 1 && ring.addsUp)
    #expect(numbers(ring.next(after: 2, limit: 20, now: start)) == Array(3...10))
    for number in 0...10 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.counters.acknowledged == 12 && ring.addsUp)
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
    #expect(ring.counters.waiting == 12 && ring.addsUp)
    let rest = ring.next(after: nil, limit: 20, now: start)
    #expect(numbers(rest) == Array(0...9) + [11] && ring.addsUp)
    for record in rest { ring.acknowledge(record.number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.counters.acknowledged == 12 && ring.addsUp)
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
    #expect(ring.counters.waiting == 0 && ring.counters.acknowledged == 20)
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
    bookkeeper.expired = { $0 == payload(10) }
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)).filter { $0 >= 10 } == [12])
    #expect(ring.counters.expired == 1 && ring.addsUp)
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
    #expect(!bookkeeper.lost.contains { $0.bytes == payload(3, length: Block.maximumRecord) })
    #expect(ring.counters.acknowledged == 1 && ring.addsUp)
  }

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
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [] && ring.counters.waiting == 3 && ring.addsUp)
    #expect(numbers(ring.nextHeld(limit: 2, now: start)) == [2, 5])
    ring.acknowledge(2, now: start)
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [])
    ring.readAnew()
    #expect(numbers(ring.next(after: nil, limit: 20, now: start)) == [5])
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [10])
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [])
    for number: RecordNumber in [5, 10] { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.addsUp)
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
    #expect(bookkeeper.lost.map(\.bytes) == [11, 4, 10].map { payload($0) })
    #expect(bookkeeper.lost.allSatisfy { $0.reason == .rejected })
    #expect(ring.counters.evicted == 3 && ring.counters.waiting == 9 && ring.addsUp)
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
    #expect(after.counters.ledger.evicted == 0 && after.counters.waiting == 11 && after.addsUp)
    for record in after.readAll() { after.reject(record.number, record.bytes, now: start) }
    #expect(after.counters.ledger.evicted == 11 && after.counters.waiting == 0 && after.addsUp)
  }

  /// Four of six records are rejected.
  private func rejecting(_ disk: MemoryDisk) throws -> Ring {
    var ring = try Ring(opening: disk, options: smallOptions(), bookkeeper: Accountant(), now: start)
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
    var after = try Ring(opening: MemoryDisk(disk.image), options: smallOptions(), bookkeeper: Accountant(), now: start)
    #expect(reported(&after) == Set(0..<4))
  }

  @Test(
    "What is rejected all the time is reported every ten seconds, with a block each; a rejected report is not reported")
  func rejectedForEver() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: smallOptions(), bookkeeper: Accountant(), now: start)
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
    #expect(ring.counters.taken - 200 <= 10 && ring.counters.evicted >= 200)
    #expect(disk.writtenSlots.count - before <= 22, "\(disk.writtenSlots.count - before)")
  }

  @Test("Without a block the report of what was rejected follows in ten seconds")
  func lateReport() throws {
    var ring = try rejecting(MemoryDisk(slotsPerSegment: 8))
    #expect(ring.deadline == start + .seconds(10))
    ring.tick(now: start + .seconds(9))
    #expect(ring.counters.taken == 6)
    ring.tick(now: start + .seconds(10))
    #expect(ring.counters.taken == 7 && ring.addsUp)
    #expect(reported(&ring) == Set(0..<4))
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
    #expect(numbers(third.next(after: 15, limit: 20, now: start)) == [17, 16] && third.addsUp)
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
    #expect(numbers(again) == [1, 3, 0, 2] && again.map(\.isAhead) == [true, true, false, false])
    #expect(numbers(ring.next(after: 2, limit: 9, now: start)) == [])
    for number in 0...3 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.counters.acknowledged == 4 && ring.addsUp)
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

  @Test("A held record that the disk does not give at the moment stays held, and those behind it too")
  func heldUnreadable() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<3 { ring.appendBlock() }
    let slots = disk.writtenSlots.suffix(3)
    _ = ring.readAll()
    for number: RecordNumber in [0, 1, 2] { ring.hold(number) }
    disk.fault = { access, _, place in access == .read && place == slots.first.map { $0 + 1 } ? EIO : nil }
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [0] && ring.heldWasCutShort)
    ring.readAnew()
    #expect(numbers(ring.next(after: nil, limit: 9, now: start)) == [0])
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(numbers(ring.nextHeld(limit: 9, now: start + .seconds(30))) == [1, 2] && !ring.heldWasCutShort)
    for number in 0...2 as ClosedRange<RecordNumber> { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.addsUp)
  }

  @Test("A held record that is too old by now is given up and reported")
  func heldExpired() throws {
    var ring = try ring(MemoryDisk(slotsPerSegment: 8))
    backlog(&ring)
    ring.append(payload(10), critical: false, now: start)
    _ = ring.readAll()
    for number: RecordNumber in [3, 4, 10] { ring.hold(number) }
    bookkeeper.expired = { $0 == payload(3) || $0 == payload(10) }
    #expect(numbers(ring.nextHeld(limit: 9, now: start)) == [4])
    #expect(ring.counters.expired == 2 && bookkeeper.lost.count == 2 && ring.addsUp)
    for number in 0..<10 as Range<RecordNumber> where number != 3 { ring.acknowledge(number, now: start) }
    #expect(ring.counters.waiting == 0 && ring.addsUp)
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
      #expect(ring.counters.evicted == 0 && ring.addsUp)
      if isLost { disk.image.slots[slot] = [UInt8](repeating: 0, count: blockSize) }
      #expect(numbers(ring.readAll()) == [0, 2])
      #expect(ring.counters.evicted == 1 && ring.counters.ledger.evicted == 1 && ring.counters.lost == 0)
      for number: RecordNumber in [0, 2] { ring.acknowledge(number, now: start) }
      #expect(ring.counters.acknowledged == 2 && ring.counters.waiting == 0 && ring.addsUp)
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
    #expect(ring.beyond.lost.isEmpty && ring.losses(notBelow: 0).evicted == 2_000)
    for number in 0..<3_000 as Range<RecordNumber> where number % 3 != 1 { ring.acknowledge(number, now: start) }
    ring.append([1], critical: true, now: start)
    let after = try self.ring(MemoryDisk(disk.image), segments: 200)
    #expect(after.counters.ledger.evicted == 1_000 && after.counters.waiting == 3_001 && after.addsUp)
  }

  @Test(
    "Everything at random: each record ends once, the sums are right at every step, and a restart finds the rest",
    arguments: 1...40 as ClosedRange<UInt64>)
  func random(run: UInt64) throws {
    let seed = run + seedBase
    var random = SeededRandom(seed: seed)
    let disk = MemoryDisk(slotsPerSegment: 8)
    var options = smallOptions(segments: 8)
    options.order = Bool.random(using: &random) ? .newestFirst : .oldestFirst
    var ring = try Ring(opening: disk, options: options, bookkeeper: bookkeeper, now: start)
    var now = start
    var last: RecordNumber?
    var (out, done, held): (Set<RecordNumber>, Set<RecordNumber>, Set<RecordNumber>) = ([], [], [])
    func take(_ records: [SpooledRecord]) {
      for record in records {
        #expect(record.bytes == payload(record.number, salt: seed) && !done.contains(record.number), "seed \(seed)")
        #expect(out.insert(record.number).inserted, "seed \(seed): \(record.number) is on its way already")
        if !record.isAhead { last = record.number }
      }
    }
    for _ in 0..<400 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let bytes = payload(ring.ram.end, salt: seed)
        let (isCritical, isUrgent) = (Bool.random(using: &random), Int.random(in: 0..<8, using: &random) == 0)
        ring.append(bytes, critical: isCritical, urgent: isUrgent, now: now)
      case 4..<6:
        take(ring.next(after: last, limit: Int.random(in: 1..<12, using: &random), now: now))
      case 6:
        let taken = ring.nextHeld(limit: 2, now: now)
        for record in taken { #expect(held.remove(record.number) != nil, "seed \(seed)") }
        take(taken.map { SpooledRecord(number: $0.number, bytes: $0.bytes, isAhead: true) })
      case 7:
        // A lost connection.
        guard Int.random(in: 0..<4, using: &random) == 0 else { break }
        (out, last) = ([], nil)
        ring.readAnew()
        take(ring.next(after: nil, limit: Int.random(in: 1..<12, using: &random), now: now))
      case 8:
        now = now + .milliseconds(Int.random(in: 1..<8_000, using: &random))
        ring.tick(now: now)
      default:
        for number in out.shuffled(using: &random) where Int.random(in: 0..<5, using: &random) > 0 {
          out.remove(number)
          switch Int.random(in: 0..<10, using: &random) {
          case 0:
            ring.hold(number)
            held.insert(number)
          case 1:
            ring.reject(number, payload(number, salt: seed), now: now)
            done.insert(number)
          default:
            ring.acknowledge(number, now: now)
            done.insert(number)
          }
        }
      }
      #expect(ring.addsUp, "seed \(seed): \(ring.counters)")
    }
    let evicted = Set(bookkeeper.lost.filter { $0.reason == .evicted }.map(\.bytes))
    func owed() -> Set<RecordNumber> {
      Set((0..<ring.ram.end).filter { !done.contains($0) && !evicted.contains(payload($0, salt: seed)) })
    }
    ring.close(now: now)
    var after = try Ring(opening: MemoryDisk(disk.image), options: options, bookkeeper: SilentBookkeeper(), now: now)
    #expect(owed().subtracting(after.readAll(now: now).map(\.number)).isEmpty && after.addsUp, "seed \(seed)")
    // What is left arrives.
    (out, last) = ([], nil)
    ring.readAnew()
    while true {
      var records = ring.next(after: last, limit: 9, now: now)
      take(records)
      if records.isEmpty { records = ring.nextHeld(limit: 9, now: now) }
      if records.isEmpty { break }
      for record in records {
        ring.acknowledge(record.number, now: now)
        done.insert(record.number)
      }
    }
    #expect(owed().isEmpty && ring.counters.waiting == 0 && ring.addsUp, "seed \(seed): \(ring.counters)")
  }
}
