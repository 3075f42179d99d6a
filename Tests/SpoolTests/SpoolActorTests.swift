import Glibc
import Scheduling
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// A disk that is handed to the spool by a closure. It is touched only while the loop is turned, by one thread.
private final class Shelf: @unchecked Sendable {
  let disk: MemoryDisk
  init(_ disk: MemoryDisk = MemoryDisk()) { self.disk = disk }
}

private final class Shared<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

private final class Log<Entry: Sendable>: Sendable {
  private let entries = Mutex<[Entry]>([])
  var all: [Entry] { entries.withLock { $0 } }
  func add(_ entry: Entry) { entries.withLock { $0.append(entry) } }
}

@Suite struct SpoolActorTests {
  private let loop = ManualLoop()
  private let shelf = Shelf()
  private let notices = Log<SpoolNotice>()

  private func spool() -> Spool {
    var options = SpoolOptions()
    options.firstEpoch = 1
    return Spool(
      store: { [shelf] in shelf.disk }, options: options, lossReporter: { SilentBookkeeper() }, loop: loop,
      notice: { [notices] in notices.add($0) })
  }

  private func opened() throws -> Spool {
    let spool = spool()
    #expect(try spool.assumeIsolated { try $0.open() } == 1)
    return spool
  }

  @Test("Nothing to do, no timer: after opening, after an acknowledgement in time, after closing")
  func noTimerAtRest() throws {
    let spool = try opened()
    #expect(loop.nextDeadline == nil)
    spool.post { $0.append([1], critical: false) }
    loop.settle()
    #expect(loop.nextDeadline == loop.now + .seconds(5))
    spool.post { spool in
      for record in spool.next(after: nil, limit: 9) { spool.acknowledge(record.number) }
    }
    loop.settle()
    #expect(loop.nextDeadline == nil)
    spool.post { $0.append([2], critical: false) }
    spool.post { $0.close() }
    loop.settle()
    #expect(loop.nextDeadline == nil)
  }

  @Test("The timer makes records durable, once")
  func durable() throws {
    let spool = try opened()
    spool.post { $0.append([1], critical: false) }
    loop.advance(by: .milliseconds(4_999))
    #expect(shelf.disk.writtenSlots == [0])
    loop.advance(by: .milliseconds(1))
    #expect(shelf.disk.writtenSlots == [0, 1])
    #expect(loop.nextDeadline == nil)
    loop.advance(by: .seconds(3_600))
    #expect(shelf.disk.writtenSlots == [0, 1])
  }

  @Test("Arrival is told once after each next that found nothing, and not otherwise")
  func arrival() throws {
    let spool = try opened()
    let calls = Log<Int>()
    spool.post { $0.onArrival { calls.add(1) } }
    spool.post { $0.append([1], critical: false) }
    loop.settle()
    #expect(calls.all.count == 0)
    spool.post { _ = $0.next(after: nil, limit: 9) }
    spool.post { $0.append([2], critical: false) }
    loop.settle()
    #expect(calls.all.count == 0)
    spool.post { _ = $0.next(after: 1, limit: 9) }
    spool.post { _ = $0.next(after: 1, limit: 9) }
    spool.post { $0.append([3], critical: false) }
    spool.post { $0.append([4], critical: false) }
    loop.settle()
    #expect(calls.all.count == 1)
  }

  @Test("A reader that waits for the disk is told when to try again")
  func arrivalAfterReadFault() throws {
    let spool = try opened()
    let calls = Log<Int>()
    spool.post { $0.onArrival { calls.add(1) } }
    spool.post { $0.append([1], critical: true) }
    loop.settle()
    shelf.disk.fault = { access, _, _ in access == .read ? 5 : nil }
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 9) } == [])
    loop.advance(by: .seconds(29))
    #expect(calls.all.count == 0)
    shelf.disk.fault = { _, _, _ in nil }
    loop.advance(by: .seconds(1))
    #expect(calls.all.count == 1)
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 9) }.map(\.bytes) == [[1]])
    #expect(loop.nextDeadline == nil)
  }

  @Test("A failing disk is told, tried every 30 s, and told again when it is back")
  func degraded() throws {
    let spool = try opened()
    shelf.disk.fault = { access, _, _ in access == .sync ? 5 : nil }
    spool.post { $0.append([1], critical: true) }
    loop.settle()
    #expect(loop.nextDeadline == loop.now + .seconds(30))
    loop.advance(by: .seconds(95))
    shelf.disk.fault = { _, _, _ in nil }
    loop.advance(by: .seconds(30))
    #expect(
      notices.all == [
        .opened(epoch: 1, recovered: 0, segments: 0),
        .madeAnew(epoch: 1),
        .degradedBegan(StorageError("sync 0 in memory", code: 5)),
        .degradedEnded(evicted: 0),
      ])
    #expect(loop.nextDeadline == nil)
    #expect(spool.assumeIsolated { $0.counters }.durable == 1)
  }

  @Test("Before open and after close the spool takes and gives nothing")
  func closed() throws {
    let spool = spool()
    #expect(spool.assumeIsolated { $0.append([1], critical: true) } == nil)
    #expect(try spool.assumeIsolated { try $0.open() } == 1)
    spool.post { $0.close() }
    spool.post { $0.close() }
    loop.settle()
    spool.assumeIsolated { spool in
      #expect(spool.append([1], critical: true) == nil)
      #expect(spool.next(after: nil, limit: 9) == [])
      spool.acknowledge(0)
      #expect(spool.counters == SpoolCounters())
    }
    #expect(loop.nextDeadline == nil)
  }

  @Test("A store that is not ours is an error of open, and no timer is set")
  func openFails() {
    shelf.disk.fault = { access, _, _ in access == .list ? EWOULDBLOCK : nil }
    let spool = spool()
    #expect(throws: StorageError("list 0 in memory", code: EWOULDBLOCK)) { try spool.assumeIsolated { try $0.open() } }
    #expect(loop.nextDeadline == nil)
  }

  @Test("A disk that is there only later: what came meanwhile is put behind what it holds, and the spool ends")
  func appearing() throws {
    let before = try opened()
    before.post { $0.append([1], critical: true) }
    before.post { $0.close() }
    loop.settle()
    shelf.disk.fault = { access, _, _ in access == .list ? ENODEV : nil }
    let spool = spool()
    let epoch = try spool.assumeIsolated { try $0.open() }
    let moved = Log<Int>()
    spool.assumeIsolated { $0.onMoved { moved.add(1) } }
    spool.post { $0.append([2], critical: true) }
    spool.post { $0.append([3], critical: false) }
    loop.settle()
    #expect(spool.assumeIsolated { $0.next(after: nil, limit: 1) }.map(\.bytes) == [[2]])
    loop.advance(by: .seconds(31))
    #expect(moved.all == [])
    shelf.disk.fault = { _, _, _ in nil }
    loop.advance(by: .seconds(31))
    #expect(moved.all == [1])
    #expect(notices.all.last == .movedIntoAppeared(records: 2))
    #expect(spool.assumeIsolated { $0.append([4], critical: true) } == nil)
    let after = self.spool()
    #expect(try after.assumeIsolated { try $0.open() } == epoch + 1)
    #expect(after.assumeIsolated { $0.next(after: nil, limit: 9) }.map(\.bytes) == [[1], [2], [3]])
  }

  @Test("What does not fit on a disk that is there only later is reported, and not counted as moved")
  func appearingFull() throws {
    var options = SpoolOptions()
    options.capacity = Int64(2 * 64 * blockSize)
    options.whenFull = .refuseNewest
    let shared = options
    let lossReporter = Shared(Accountant())
    func spool() -> Spool {
      Spool(
        store: { [shelf] in shelf.disk }, options: shared, lossReporter: { lossReporter.value }, loop: loop,
        notice: { [notices] in notices.add($0) })
    }
    let before = spool()
    _ = try before.assumeIsolated { try $0.open() }
    before.assumeIsolated { spool in
      var id: UInt64 = 0
      while spool.append(identified(id), critical: true) != nil { id += 1 }
      spool.close()
    }
    shelf.disk.fault = { access, _, _ in access == .list ? ENODEV : nil }
    let without = spool()
    _ = try without.assumeIsolated { try $0.open() }
    for id in 100_000..<100_040 as Range<UInt64> { without.post { $0.append(identified(id), critical: false) } }
    loop.settle()
    shelf.disk.fault = { _, _, _ in nil }
    loop.advance(by: .seconds(31))
    let moved = notices.all.compactMap { if case .movedIntoAppeared(let records) = $0 { records } else { nil } }
    #expect(moved.count == 1, "\(notices.all)")
    #expect(moved.allSatisfy { $0 < 40 }, "\(notices.all)")
    #expect(notices.all.contains { if case .refusalBegan = $0 { true } else { false } })
    var after = try Ring(opening: MemoryDisk(shelf.disk.image), options: shared, now: loop.now)
    let found = after.readAll(portion: 100).map(\.bytes)
    let reported = found.compactMap { Accountant.report(in: $0)?.lost }.reduce(into: Set()) { $0.formUnion($1) }
    let kept = Set(found.map { Accountant.id(of: $0) })
    for id in 100_000..<100_040 as Range<UInt64> { #expect(kept.contains(id) != reported.contains(id), "\(id)") }
  }

  @Test("A reader that waits is told of the report when all that it asked for has expired")
  func expiredReport() throws {
    let lossReporter = Shared(Accountant())
    let spool = Spool(
      store: { [shelf] in shelf.disk }, options: SpoolOptions(), lossReporter: { lossReporter.value }, loop: loop,
      notice: { _ in })
    let calls = Log<Int>()
    try spool.assumeIsolated { spool in
      _ = try spool.open()
      spool.onArrival { calls.add(1) }
      spool.append(identified(1), critical: false)
      lossReporter.value.expires = { _ in true }
      #expect(spool.next(after: nil, limit: 9) == [])
    }
    loop.settle()
    #expect(calls.all.count == 1)
    let found = spool.assumeIsolated { $0.next(after: nil, limit: 9) }
    #expect(found.count == 1 && found.allSatisfy { Accountant.report(in: $0.bytes)?.lost == [1] })
  }

  @Test("A reader that waits is called again while an expired backlog is given up")
  func expiredBacklog() throws {
    let lossReporter = Shared(SilentBookkeeper())
    let spool = Spool(
      store: { [shelf] in shelf.disk }, options: SpoolOptions(), lossReporter: { lossReporter.value }, loop: loop,
      notice: { _ in })
    _ = try spool.assumeIsolated { try $0.open() }
    for number in 0..<9_000 { spool.post { $0.append([UInt8(number % 200)], critical: false) } }
    spool.post { $0.append([255], critical: true) }
    loop.settle()
    lossReporter.value.expired = { $0 != [255] }
    let found = Log<[UInt8]>()
    spool.assumeIsolated { spool in
      spool.onArrival {
        spool.assumeIsolated { for record in $0.next(after: nil, limit: 9) { found.add(record.bytes) } }
      }
      #expect(spool.next(after: nil, limit: 9) == [])
    }
    loop.settle()
    #expect(found.all == [[255]])
  }

  @Test("What was appended and closed is there for the next spool, with a larger epoch")
  func reopened() throws {
    let first = try opened()
    first.post { $0.append([1, 2, 3], critical: false) }
    first.post { $0.close() }
    loop.settle()
    let second = spool()
    #expect(try second.assumeIsolated { try $0.open() } == 2)
    #expect(second.assumeIsolated { $0.next(after: nil, limit: 9) } == [SpooledRecord(number: 0, bytes: [1, 2, 3])])
  }
}
