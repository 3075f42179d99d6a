import Glibc
import Scheduling
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Whose records wait in a store: what one device took must not be published as another's.
@Suite("The device of a store") struct DeviceTests {
  private func options(_ device: String?) -> SpoolOptions {
    var options = smallOptions()
    options.device = device
    return options
  }

  /// A store in which so many records of a device wait; of the first ones some are acknowledged.
  private func disk(_ device: String?, waiting: Int, acknowledged: Int = 0) throws -> MemoryDisk {
    let disk = MemoryDisk(slotsPerSegment: 8)
    var ring = try Ring(opening: disk, options: options(device), now: start)
    for _ in 0..<waiting + acknowledged { ring.appendBlock() }
    for record in ring.next(after: nil, limit: acknowledged, now: start) { ring.acknowledge(record.number, now: start) }
    ring.close(now: start)
    return MemoryDisk(disk.image)
  }

  private func refusal(_ disk: MemoryDisk, _ device: String) -> OtherDevice? {
    do throws(StorageError) {
      _ = try Ring(opening: disk, options: options(device), now: start)
      return nil
    } catch { return error.otherDevice }
  }

  @Test("A store with another device's records is refused and stays as it is; that device gets all of them")
  func refused() throws {
    let disk = try disk("coldstore-7", waiting: 5)
    let other = OtherDevice(owner: "coldstore-7", user: "coldstore-8", waiting: 5)
    #expect(refusal(disk, "coldstore-8") == other)
    #expect(disk.writtenSlots.isEmpty)
    #expect(DeviceKnown(of: disk) == .device("coldstore-7"))
    var ring = try Ring(opening: disk, options: options("coldstore-7"), now: start)
    #expect(ring.readAll().count == 5)
  }

  @Test("Records that were acknowledged do not wait: the store is the new device's, which is told once")
  func nothingWaits() throws {
    let disk = try disk("coldstore-7", waiting: 0, acknowledged: 5)
    let ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    #expect(ring.notices.contains(.deviceChanged(from: "coldstore-7", to: "coldstore-8")), "\(ring.notices)")
    #expect(DeviceKnown(of: disk) == .device("coldstore-8"))
    let again = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    #expect(again.notices.count == 1, "\(again.notices)")
  }

  @Test("A report of a loss that only blocks carry waits too")
  func carried() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    let accountant = Accountant()
    var ring = try Ring(opening: disk, options: options("coldstore-7"), lossReporter: accountant, now: start)
    ring.append(identified(1), critical: true, now: start)
    disk.fault = { access, number, _ in access == .write && number > 3 ? EIO : nil }
    ring.purge(now: start)
    try #require(ring.counters.waiting == 1)
    let image = MemoryDisk(disk.image)
    #expect(refusal(image, "coldstore-8")?.waiting == 1)
  }

  @Test("The note is on the disk before the first block is, and is written again only for another device")
  func writtenOnce() throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    for _ in 0..<3 {
      var ring = try Ring(opening: disk, options: options("coldstore-7"), now: start)
      for _ in 0..<20 { ring.appendBlock() }
      ring.close(now: start)
    }
    #expect(disk.operations.first == .note(DeviceNote.encode("coldstore-7")))
    #expect(disk.operations.count { if case .note = $0 { true } else { false } } == 1)
  }

  @Test("An older version's store, without a note, is taken on with what waits in it")
  func older() throws {
    let disk = try disk(nil, waiting: 5)
    try #require(disk.image.note == nil)
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    #expect(ring.notices.contains(.deviceTakenOn("coldstore-8")))
    #expect(ring.readAll().count == 5)
    #expect(refusal(disk, "coldstore-7")?.owner == "coldstore-8")
  }

  // Swift 6.0.3 crashes where a macro's argument has a closure in it.
  private static let damagedNotes: [[UInt8]] = [
    [], Array("coldstore-7\n".utf8), Array(DeviceNote.encode("coldstore-7").dropLast()),
    DeviceNote.encode("coldstore-7").map { $0 == UInt8(ascii: "7") ? UInt8(ascii: "9") : $0 },
    DeviceNote.encode("cold\u{1B}[2J"), DeviceNote.encode("a\nb"), DeviceNote.encode(""),
    [UInt8](repeating: 0xFF, count: 4_096),
  ]

  @Test(
    "A note that is damaged counts as none: it is told, replaced, and the records go out",
    arguments: damagedNotes)
  func damaged(note: [UInt8]) throws {
    let disk = try disk("coldstore-7", waiting: 5)
    disk.image.note = note
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    let isTold = ring.notices.contains { if case .deviceUnknown = $0 { true } else { false } }
    #expect(isTold)
    #expect(ring.readAll().count == 5)
    #expect(DeviceKnown(of: disk) == .device("coldstore-8"))
  }

  @Test("A note that cannot be read is told too, and stops nothing")
  func unreadable() throws {
    let disk = try disk("coldstore-7", waiting: 5)
    disk.fault = { access, _, _ in access == .readNote ? EIO : nil }
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    let error = StorageError("readNote 0 in memory", code: EIO)
    #expect(ring.notices.contains(.deviceUnknown(error, device: "coldstore-8")))
    #expect(ring.readAll().count == 5)
  }

  @Test("Where the new note finds no room the former one goes: it would claim what comes")
  func noRoom() throws {
    let disk = try disk("coldstore-7", waiting: 0)
    disk.fault = { access, _, _ in access == .writeNote ? ENOSPC : nil }
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    #expect(ring.counters.degraded == false, "\(ring.notices)")
    #expect(disk.image.note == nil, "\(ring.notices)")
    ring.appendBlock()
    ring.close(now: start)
    #expect(refusal(disk, "coldstore-8") == nil)
  }

  @Test("Where it cannot go either, nothing is written; it is tried again with the disk")
  func deadDisk() throws {
    let disk = try disk("coldstore-7", waiting: 0)
    disk.fault = { access, _, _ in [.writeNote, .removeNote].contains(access) ? EROFS : nil }
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    ring.appendBlock()
    #expect(ring.counters.degraded)
    #expect(disk.writtenSlots.isEmpty)
    disk.fault = { _, _, _ in nil }
    ring.tick(now: start + .seconds(30))
    #expect(!ring.counters.degraded, "\(ring.notices)")
    #expect(ring.counters.durable == 1, "\(ring.notices)")
    #expect(DeviceKnown(of: disk) == .device("coldstore-8"))
  }

  @Test(
    "A power cut at any moment of the change leaves no record under another device's note",
    arguments: 0..<40 as Range<UInt64>)
  func powerCut(seed: UInt64) throws {
    var random = SeededRandom(seed: seedBase &+ seed)
    let before = try disk("coldstore-7", waiting: 0, acknowledged: 3)
    let disk = MemoryDisk(before.image)
    var ring = try Ring(opening: disk, options: options("coldstore-8"), now: start)
    for _ in 0..<5 { ring.appendBlock() }
    var cut = PowerCut(on: before.image)
    let last = Int.random(in: 0..<disk.operations.count, using: &random)
    for operation in disk.operations[..<last] { cut.perform(operation) }
    let left = MemoryDisk(cut.image(during: disk.operations[last], using: &random))
    let waiting = try Ring(opening: MemoryDisk(left.image), options: options(nil), now: start).counters.waiting
    #expect(refusal(MemoryDisk(left.image), "coldstore-8") == nil)
    #expect((refusal(MemoryDisk(left.image), "coldstore-7")?.waiting ?? 0) == waiting)
  }

  // MARK: Stores that come and go

  @Test("A disk that appears with another device's records is not used, in words; readings wait in memory")
  func appears() throws {
    let disk = try disk("coldstore-7", waiting: 5)
    let image = disk.image
    let loop = ManualLoop()
    let notices = Mutex<[SpoolNotice]>([])
    disk.fault = { access, _, _ in access == .list ? ENODEV : nil }
    // The loop is turned by this thread.
    nonisolated(unsafe) let shelf = disk
    let spool = Spool(
      store: { shelf }, options: options("coldstore-8"), lossReporter: { SilentBookkeeper() }, loop: loop,
      notice: { notice in notices.withLock { $0.append(notice) } })
    _ = try spool.assumeIsolated { try $0.open() }
    spool.post { $0.append([1], critical: true) }
    loop.settle()
    disk.fault = { _, _, _ in nil }
    loop.advance(by: .seconds(91))
    let all = notices.withLock { $0 }
    let told = all.filter { if case .stillDegraded(let error) = $0 { error.otherDevice != nil } else { false } }
    #expect(told.count == 1, "\(all)")
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 9) }.map(\.bytes) == [[1]])
    #expect(disk.image.slots == image.slots)
    #expect(disk.image.note == image.note)
  }

  @Test("A disk that was away and comes back as another device's is not written to")
  func cameBack() throws {
    let disk = try disk("coldstore-7", waiting: 5)
    var ring = try Ring(opening: disk, options: options("coldstore-7"), now: start)
    disk.fault = { access, _, _ in access == .write ? EIO : nil }
    ring.appendBlock()
    try #require(ring.counters.degraded)
    disk.fault = { _, _, _ in nil }
    disk.image.note = DeviceNote.encode("coldstore-8")
    let writes = disk.writtenSlots.count
    ring.tick(now: start + .seconds(30))
    #expect(ring.counters.degraded)
    #expect(ring.degraded?.cause.otherDevice?.owner == "coldstore-8")
    #expect(disk.writtenSlots.count == writes)
    disk.image.note = DeviceNote.encode("coldstore-7")
    ring.tick(now: start + .seconds(60))
    #expect(!ring.counters.degraded)
    #expect(ring.readAll().count == 6)
  }
}
