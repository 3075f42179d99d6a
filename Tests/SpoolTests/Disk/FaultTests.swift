import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Disks that fail while the ring runs.
@Suite struct FaultTests {

  private func ring(_ disk: MemoryDisk, _ options: SpoolOptions = smallOptions(segments: 50)) throws -> Ring {
    var ring = try Ring(opening: disk, options: options, now: start)
    ring.notices = []
    return ring
  }

  @Test(
    "After a failed sync or write the records go to another slot, and the failed one is left alone",
    arguments: [MemoryDisk.Access.sync, .write])
  func notRetried(failing: MemoryDisk.Access) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var attempted: [Int] = []
    disk.fault = { access, number, place in
      if access == .write { attempted.append(place) }
      return access == failing && number == 1 ? EIO : nil
    }
    var ring = try ring(disk)
    ring.appendBlock()
    #expect(attempted == [0, 1, 2])
    #expect(ring.counters.durable == 1)
    #expect(!ring.counters.degraded)
    var after = try self.ring(MemoryDisk(disk.image))
    #expect(after.readAll().map(\.number) == [0])
  }

  @Test("A power cut after a failed sync loses nothing that was promised")
  func cutAfterFailedSync() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    disk.fault = { access, number, _ in access == .sync && [1, 4, 5].contains(number) ? EIO : nil }
    var ring = try ring(disk)
    for _ in 0..<6 { ring.appendBlock() }
    var cut = PowerCut(on: MemoryDisk.Image(slotsPerSegment: 8))
    for operation in disk.operations { cut.perform(operation) }
    var random = SeededRandom(seed: 1)
    var after = try self.ring(MemoryDisk(cut.image(during: nil, using: &random)))
    #expect(after.readAll().map(\.number) == Array(0..<6))
    #expect(after.addsUp)
    #expect(after.counters.lost == 0)
  }

  @Test("A segment whose first slot cannot be written is not begun; another one is")
  func firstSlot() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    disk.fault = { access, _, place in access == .write && place == 8 ? EIO : nil }
    var ring = try ring(disk)
    for _ in 0..<20 { ring.appendBlock() }
    #expect(!disk.writtenSlots.contains { (9..<16).contains($0) })
    #expect(ring.readAll().map(\.number) == Array(0..<20))
    var after = try self.ring(MemoryDisk(disk.image))
    #expect(after.readAll().map(\.number) == Array(0..<20))
  }

  @Test(
    "Three failures in a row: degraded, delivering from RAM, one attempt every 30 s, and back",
    arguments: [MemoryDisk.Access.sync, .write])
  func degraded(failing: MemoryDisk.Access) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    var attempts = 0
    disk.fault = { access, _, place in
      guard access == failing else { return nil }
      attempts += 1
      return EIO
    }
    ring.append([7], critical: true, now: start)
    #expect(attempts == 3)
    #expect(ring.counters.degraded)
    #expect(ring.counters.waiting == 1)
    guard case .degradedBegan(let error)? = ring.notices.last else {
      Issue.record("no notice")
      return
    }
    #expect(error.code == EIO)
    ring.append([8], critical: true, now: start)
    ring.tick(now: start + .seconds(29))
    #expect(attempts == 3)
    #expect(ring.deadline == start + .seconds(30))
    #expect(ring.readAll().map(\.bytes) == [[7], [8]])
    ring.acknowledge(0, now: start)
    ring.tick(now: start + .seconds(30))
    #expect(attempts == 4)
    #expect(ring.deadline == start + .seconds(60))
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(60))
    #expect(!ring.counters.degraded)
    #expect(ring.counters.durable == 1)
    #expect(ring.notices.last == .degradedEnded(evicted: 0))
    #expect(ring.addsUp)
  }

  @Test("While degraded RAM is bounded: the oldest there are evicted, and the disk's backlog is not")
  func boundedRAM() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var options = smallOptions(segments: 50)
    options.degradedLimit = 10_000
    var ring = try ring(disk, options)
    for _ in 0..<3 { ring.appendBlock() }
    disk.fault = { access, _, _ in access == .write ? EROFS : nil }
    for _ in 0..<40 { ring.append(payload(0, length: 1_000), critical: true, now: start) }
    #expect(ring.ram.size <= 10_000)
    #expect(ring.counters.evicted == 32)
    #expect(ring.addsUp)
    #expect(ring.notices.count { $0 == .evictingFromRAM } == 1)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(ring.notices.last == .degradedEnded(evicted: 32))
    var after = try self.ring(MemoryDisk(disk.image))
    for var ring in [ring, after] {
      #expect(ring.readAll().map(\.number) == [0, 1, 2] + Array(35..<43))
      #expect(ring.counters.lost == 0)
      #expect(ring.addsUp)
    }
    #expect(after.counters.ledger.evicted == 32)
    after.close(now: start)
  }

  @Test("Refusing the newest holds for RAM too while degraded")
  func boundedRAMRefusing() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var options = smallOptions(segments: 50, whenFull: .refuseNewest)
    options.degradedLimit = 10_000
    var ring = try ring(disk, options)
    disk.fault = { access, _, _ in access == .write ? EROFS : nil }
    for _ in 0..<40 { ring.append(payload(0, length: 1_000), critical: true, now: start) }
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.waiting == 9)
    #expect(ring.counters.refused == 31)
    #expect(ring.addsUp)
  }

  @Test("A disk that fails for a day of attempts does not cost the backlog")
  func longFailure() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 6))
    for _ in 0..<25 { ring.appendBlock() }
    disk.fault = { access, _, _ in access == .sync ? EIO : nil }
    ring.append([1], critical: true, now: start)
    for attempt in 1...2_880 { ring.tick(now: start + .seconds(30 * attempt)) }
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(90_000))
    #expect(!ring.counters.degraded)
    #expect(ring.counters.evicted == 0)
    #expect(ring.readAll().map(\.number) == Array(0..<26))
  }

  @Test("A read-only store opens degraded with a new epoch, and drains")
  func readOnly() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try ring(disk)
    for _ in 0..<10 { before.appendBlock() }
    let epoch = before.epoch
    disk.fault = { access, _, _ in access == .read || access == .list ? nil : EROFS }
    var after = try Ring(opening: disk, options: smallOptions(), now: start)
    #expect(after.epoch > epoch + 1)
    #expect(
      after.notices == [
        .opened(epoch: after.epoch, recovered: 10, segments: 2),
        .degradedBegan(StorageError("write 14 in memory", code: EROFS)),
      ])
    for record in after.readAll() { after.acknowledge(record.number, now: start) }
    #expect(after.counters.acknowledged == 10)
    #expect(after.counters.waiting == 0)
    #expect(after.addsUp)
  }

  /// Its reports say in which epoch they were named, and what they tell.
  private final class Namer: LossReporter {
    private var count: UInt8 = 0
    func isExpired(_ record: [UInt8]) -> Bool { false }
    func lost(_ record: [UInt8], _ reason: LossReason) { count += record.first == 0xEE ? record[1] : 1 }
    func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {}
    func reports(epoch: UInt32) -> [[UInt8]] {
      defer { count = 0 }
      return [[0xEE, count] + withUnsafeBytes(of: epoch) { Array($0) }]
    }
  }

  @Test("What had to go for an epoch's first block is not reported in that epoch when it cannot be written")
  func reportOfUnwrittenEpoch() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try ring(disk, smallOptions(segments: 2))
    while before.counters.evicted == 0 { before.appendBlock() }
    while before.head?.next ?? 0 < 7 { before.appendBlock() }
    let image = disk.image
    disk.fault = { access, _, _ in access == .write || access == .create ? EROFS : nil }
    var ring = try Ring(opening: disk, options: smallOptions(segments: 2), lossReporter: Namer(), now: start)
    #expect(ring.counters.degraded)
    #expect(ring.counters.evicted > 0)
    #expect(ring.addsUp)
    let reports = ring.readAll().map(\.bytes).filter { $0.first == 0xEE }
    let named = withUnsafeBytes(of: ring.epoch) { Array($0) }
    #expect(reports == [[0xEE, UInt8(ring.counters.evicted)] + named])
    // The next start finds the epoch that could not be written, and none has used it.
    let next = try Ring(opening: MemoryDisk(image), options: smallOptions(segments: 2), now: start)
    #expect(next.epoch != ring.epoch)
  }

  @Test("An empty disk without space: degraded from the start, and delivering")
  func noSpaceAtAll() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    disk.fault = { access, _, _ in access == .create ? ENOSPC : nil }
    var ring = try Ring(opening: disk, options: smallOptions(), now: start)
    #expect(ring.counters.degraded)
    ring.append([1], critical: true, now: start)
    #expect(ring.readAll().map(\.bytes) == [[1]])
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(ring.counters.durable == 1)
  }

  @Test("A store that cannot be read at all is not written, and what comes meanwhile goes to it when it can be")
  func unreadableStore() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try ring(disk)
    before.appendBlock()
    disk.fault = { access, _, _ in access == .read ? EIO : nil }
    let written = disk.operations.count
    var ring = try Ring(opening: disk, options: smallOptions(), now: start)
    #expect(ring.notices == [.degradedBegan(StorageError("read 0 in memory", code: EIO))])
    #expect(ring.epoch >= 1 << 30)
    ring.append([7], critical: true, now: start)
    #expect(ring.readAll().map(\.bytes) == [[7]])
    ring.tick(now: start + .seconds(30))
    #expect(disk.operations.count == written)
    #expect(ring.appeared == nil)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(60))
    #expect(ring.appeared != nil)
    #expect(disk.operations.count == written)
  }

  @Test("A block that cannot be read holds up reading twice, and is then lost exactly")
  func unreadableBlock() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<20 { ring.appendBlock() }
    disk.fault = { access, _, place in access == .read && place == 4 ? EIO : nil }
    #expect(ring.readAll().map(\.number) == [0, 1, 2])
    #expect(ring.deadline == start + .seconds(30))
    var now = start
    for _ in 0..<2 {
      now = now + .seconds(30)
      ring.tick(now: now)
      #expect(ring.deadline == nil)
      if now == start + .seconds(30) { #expect(ring.next(after: 2, limit: 9, now: now) == []) }
    }
    #expect(ring.next(after: 2, limit: 2, now: now).map(\.number) == [4, 5])
    #expect(ring.counters.lost == 1)
    #expect(ring.addsUp)
    #expect(
      ring.notices == [
        .unreadable(slot: 4, error: StorageError("read 4 in memory", code: EIO)),
        .recordsLost(records: 1, first: 3, slots: [4]),
      ])
  }

  /// Records in memory do not wait for it, or a dead card would stop all delivery (FailingCardTests).
  @Test("While nothing can be read nothing on the disk is given up, however long it takes")
  func diskAway() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk)
    for _ in 0..<10 { ring.appendBlock() }
    disk.fault = { access, _, _ in access == .read ? EIO : nil }
    var now = start
    for _ in 0..<100 {
      #expect(ring.next(after: nil, limit: 9, now: now) == [])
      now = now + .seconds(30)
      ring.tick(now: now)
    }
    disk.fault = { _, _, _ in nil }
    #expect(ring.readAll(now: now).map(\.number) == Array(0..<10))
    #expect(ring.counters.lost == 0)
  }

  /// Every access of a life fails once; the records that were promised are there for the next life.
  @Test("One failure at any access costs no record")
  func everyAccess() throws {
    for failing in 0..<90 {
      let disk = MemoryDisk(slotsPerSegment: 8)
      var ring = try ring(disk, smallOptions(segments: 5))
      var access = 0
      disk.fault = { _, _, _ in
        access += 1
        return access == failing ? EIO : nil
      }
      var delivered: [RecordNumber] = []
      var now = start
      for step in 0..<60 {
        ring.append(payload(ring.ram.end, length: 900), critical: step % 3 == 0, now: now)
        if step % 2 == 0 {
          for record in ring.next(after: nil, limit: 2, now: now) {
            #expect(record.bytes == payload(record.number, length: 900))
            delivered.append(record.number)
            ring.acknowledge(record.number, now: now)
          }
        }
        now = now + .seconds(1)
        ring.tick(now: now)
        #expect(ring.addsUp, "access \(failing) at step \(step)")
      }
      now = now + .seconds(60)
      ring.tick(now: now)
      ring.close(now: now)
      var after = try self.ring(MemoryDisk(disk.image), smallOptions(segments: 5))
      let all = delivered + after.readAll().map(\.number)
      #expect(Set(all) == Set(0..<60), "access \(failing)")
      #expect(ring.counters.lost == 0, "access \(failing)")
      #expect(after.counters.lost == 0, "access \(failing)")
    }
  }
}
