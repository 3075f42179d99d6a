import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Disks that are full, or go away and come back.
@Suite struct AwayTests {
  private func ring(_ disk: MemoryDisk, _ options: SpoolOptions) throws -> Ring {
    var ring = try Ring(opening: disk, options: options, now: start)
    ring.notices = []
    return ring
  }

  @Test("A disk that is full below the limit, keeping the oldest: new records are refused, and nothing spins")
  func fullRefusing() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 50, whenFull: .refuseNewest))
    disk.fault = { access, _, place in access == .create && place >= 2 ? ENOSPC : nil }
    var (now, accepted, refused) = (start, 0, 0)
    for _ in 0..<600 {
      let number = ring.append(payload(ring.ram.end, length: 900), critical: false, now: now)
      if number == nil { refused += 1 } else { accepted += 1 }
      now = now + .seconds(1)
      var turns = 0
      while let deadline = ring.deadline, deadline <= now, turns < 10 {
        ring.tick(now: now)
        turns += 1
      }
      #expect(turns < 10)
      #expect(ring.ram.size < 64 << 10)
    }
    #expect(refused > 400)
    #expect(ring.counters.waiting == accepted)
    #expect(ring.counters.lost == 0)
    #expect(ring.addsUp)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: now + .seconds(60))
    #expect(ring.append([1], critical: true, now: now + .seconds(61)) != nil)
    #expect(ring.readAll(now: now).count == accepted + 1)
  }

  @Test("While there is nowhere to write to, the cursor that waits to be written makes nothing spin")
  func fullWithCursor() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 3, whenFull: .refuseNewest))
    while ring.appendBlock() != nil {}
    let first = try #require(ring.next(after: nil, limit: 3, now: start).last)
    ring.acknowledge(first.number, now: start)
    ring.stalledUntil = start + .seconds(34)
    ring.firstUnsavedAt = start
    ring.append([1], critical: false, now: start)
    let now = start + .seconds(30)
    ring.tick(now: now)
    #expect(ring.deadline.map { $0 > now } == true)
  }

  @Test("A disk that is full below the limit, keeping the newest, is a smaller disk")
  func fullEvicting() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 50))
    disk.fault = { access, _, place in access == .create && place >= 2 ? ENOSPC : nil }
    for _ in 0..<60 { ring.appendBlock() }
    #expect(!ring.counters.degraded)
    #expect(ring.counters.durable > 7)
    #expect(ring.addsUp)
    #expect(ring.readAll().last?.number == 59)
  }

  @Test("A disk that cannot make a segment because it fails costs no record that is on it", arguments: [EIO, EROFS])
  func failingCreate(code: Int32) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 50))
    for _ in 0..<14 { ring.appendBlock() }
    disk.fault = { access, _, _ in access == .create || access == .write ? code : nil }
    for _ in 0..<5 { ring.appendBlock() }
    var now = start
    for _ in 0..<100 {
      now = now + .seconds(30)
      ring.tick(now: now)
    }
    #expect(ring.counters.degraded)
    #expect(ring.counters.evicted == 0)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: now + .seconds(30))
    #expect(!ring.counters.degraded)
    #expect(ring.readAll(now: now).map(\.number) == Array(0..<19))
  }

  @Test("A disk that is away and comes back is recognised; nothing on it is lost")
  func goneAndBack() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 50))
    for _ in 0..<10 { ring.appendBlock() }
    let image = disk.image
    disk.image = MemoryDisk.Image(slotsPerSegment: 8)
    disk.fault = { access, _, _ in access == .list ? nil : EIO }
    ring.append([7], critical: true, now: start)
    ring.tick(now: start + .seconds(30))
    #expect(
      ring.notices.last == .stillDegraded(StorageError("find segment 0 of the spool: it is gone", code: 0)))
    disk.image = image
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(60))
    #expect(!ring.counters.degraded)
    #expect(ring.readAll().map(\.number) == Array(0..<11))
  }

  @Test("Another spool in its place is not written to")
  func anotherInItsPlace() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions(segments: 50))
    for _ in 0..<3 { ring.appendBlock() }
    let other = MemoryDisk(slotsPerSegment: 8)
    _ = try self.ring(other, smallOptions())
    disk.fault = { access, _, _ in access == .write ? EIO : nil }
    ring.append([7], critical: true, now: start)
    disk.image = other.image
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(ring.counters.degraded)
    #expect(disk.image.slots == other.image.slots)
  }

  @Test("Segments that could not be read at the start do not use up the limit")
  func excluded() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var before = try ring(disk, smallOptions(segments: 3))
    for _ in 0..<18 { before.appendBlock() }
    disk.fault = { access, _, place in access == .read && place < 16 ? EIO : nil }
    var ring = try ring(disk, smallOptions(segments: 3))
    for _ in 0..<40 { ring.appendBlock() }
    #expect(!ring.counters.degraded)
    #expect(ring.ram.isEmpty)
    #expect(ring.addsUp)
    #expect(ring.epoch > before.epoch + 1)
  }

  @Test("What could not be written before the end is told")
  func leftInRAM() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try ring(disk, smallOptions())
    disk.fault = { access, _, _ in access == .write ? EIO : nil }
    ring.append([1], critical: false, now: start)
    ring.close(now: start)
    #expect(ring.notices.last == .leftInRAM(records: 1))
  }
}
