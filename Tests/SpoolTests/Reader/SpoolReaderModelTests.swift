import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Reports every loss, in records of many lengths.
final class WordyBookkeeper: LossReporter {
  private var random: SeededRandom
  private var owed = 0
  private var made: UInt64 = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func isExpired(_ record: [UInt8]) -> Bool { false }
  func lost(_ record: [UInt8], _ reason: LossReason) { owed += 1 }
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) { owed += count }
  func reports(epoch: UInt32) -> [[UInt8]] {
    defer { owed = 0 }
    return (0..<min(owed, Int.random(in: 1...3, using: &random))).map { _ in
      made += 1
      return payload(made, salt: 77, length: Int.random(in: 0...Block.maximumReport, using: &random))
    }
  }
}

/// The findings of a walk through a reader.
struct Diagnostics {
  var waiting: [SpooledRecord] = []
  var settled: [SpooledRecord] = []
  var carried: [[UInt8]] = []
  var losses: [SpoolReader.Loss] = []
  var bad: [SpoolReader.BadSlot] = []
  var differing: [RecordNumber] = []
  var blocks: [SpoolReader.StoredBlock] = []

  init(_ reader: SpoolReader) {
    reader.walk { item in
      switch item {
      case .block(let block): blocks.append(block)
      case .bad(let slot): bad.append(slot)
      case .lost(let loss): losses.append(loss)
      case .differs(let record): differing.append(record.number ?? 0)
      case .record(let record):
        guard let number = record.number else { return carried.append(record.bytes) }
        let spooled = SpooledRecord(number: number, bytes: record.bytes)
        if record.isWaiting { waiting.append(spooled) } else { settled.append(spooled) }
      }
    }
  }

  var lost: UInt64 { losses.reduce(0) { $0 + $1.count } }
}

/// The reader and the ring look at the same disks and must see the same.
@Suite struct SpoolReaderModelTests {
  /// A run with random calls, on a disk that may fail.
  private func live(on image: MemoryDisk.Image, seed: UInt64, failing: Double) throws -> MemoryDisk {
    var random = SeededRandom(seed: seed)
    let disk = MemoryDisk(image)
    var now = start
    var ring = try Ring(
      opening: disk, options: smallOptions(segments: 4), lossReporter: WordyBookkeeper(seed: seed), now: now)
    var faults = SeededRandom(seed: seed &+ 9_000)
    disk.fault = { access, _, _ in
      access != .read && Double.random(in: 0..<1, using: &faults) < failing ? EIO : nil
    }
    for _ in 0..<80 {
      switch Int.random(in: 0..<8, using: &random) {
      case 0..<3:
        for _ in 0..<Int.random(in: 1..<40, using: &random) {
          ring.append(
            payload(ring.ram.end, salt: seed), critical: Int.random(in: 0..<20, using: &random) == 0, now: now)
        }
      case 3, 4:
        let records = ring.next(after: nil, limit: Int.random(in: 1..<60, using: &random), now: now)
        for record in records.shuffled(using: &random) where Int.random(in: 0..<8, using: &random) > 0 {
          ring.acknowledge(record.number, now: now)
        }
      case 5 where Int.random(in: 0..<3, using: &random) == 0:
        for record in ring.readAll(now: now) { ring.acknowledge(record.number, now: now) }
      default:
        now = now + .milliseconds(Int.random(in: 1..<8_000, using: &random))
        ring.tick(now: now)
      }
    }
    return disk
  }

  /// Holds the reader against the ring.
  private func compare(_ image: MemoryDisk.Image, _ place: Comment) throws {
    let disk = MemoryDisk(image)
    guard let reader = try? SpoolReader(disk) else {
      #expect(try Ring(opening: disk, options: smallOptions(segments: 4), now: start).counters.recovered == 0, place)
      return
    }
    let found = Diagnostics(reader)
    #expect(disk.operations.isEmpty, place)
    var ring = try Ring(opening: disk, options: smallOptions(segments: 50), now: start)
    #expect(ring.epoch > reader.epoch, place)
    let records = ring.readAll().sorted { $0.number < $1.number }
    let numbered = records.filter { $0.number < reader.totals.taken }
    #expect(numbered == found.waiting, place)
    #expect(records.dropFirst(numbered.count).map(\.bytes) == found.carried, place)
    #expect(ring.counters.lost == Int(found.lost), place)
    #expect(found.differing == [], place)
    let ledger = ring.counters.ledger
    #expect(ledger.lost == reader.totals.lost + found.lost, place)
    #expect(ledger.evicted == reader.totals.evicted, place)
    #expect(ledger.expired == reader.totals.expired, place)
    #expect(ledger.taken == reader.totals.taken + UInt64(found.carried.count), place)
  }

  /// On a disk that never fails nothing ever shrinks, and no more is accounted for than was taken.
  private func audit(_ image: MemoryDisk.Image, _ place: Comment) throws {
    guard let reader = try? SpoolReader(MemoryDisk(image)) else { return }
    let found = Diagnostics(reader)
    var check = SpoolReader.OrderCheck()
    #expect(found.blocks.compactMap { check.fault(in: $0) } == [], place)
    let totals = reader.totals
    #expect(
      totals.evicted + totals.expired + totals.lost + found.lost + UInt64(found.waiting.count) <= totals.taken, place)
  }

  private func compareEverywhere(_ seed: UInt64, failing: Double) throws {
    var image = MemoryDisk.Image(slotsPerSegment: 8)
    for generation in 0..<3 as Range<UInt64> {
      let life = try live(on: image, seed: seed * 100 + generation, failing: failing)
      var random = SeededRandom(seed: seed &+ 5_000)
      var cut = PowerCut(on: image)
      var left = image
      for operation in 0...life.operations.count {
        let underWay = operation < life.operations.count ? life.operations[operation] : nil
        let now = cut.image(during: underWay, using: &random)
        if failing == 0 { try audit(now, "seed \(seed), generation \(generation), cut at operation \(operation)") }
        try compare(now, "seed \(seed), generation \(generation), cut at operation \(operation)")
        if operation % 7 == 0 { left = now }
        if let underWay { cut.perform(underWay) }
      }
      image = left
    }
  }

  @Test("After a power cut anywhere the reader finds what the ring hands out", arguments: 1...4 as ClosedRange<UInt64>)
  func cuts(seed: UInt64) throws { try compareEverywhere(seed, failing: 0) }

  @Test("Also on a disk that fails now and then", arguments: 1...4 as ClosedRange<UInt64>)
  func failingCuts(seed: UInt64) throws { try compareEverywhere(seed + 300, failing: 0.1) }

  @Test("Also with blocks that went bad since", arguments: 1...30 as ClosedRange<UInt64>)
  func rot(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var image = try live(on: MemoryDisk.Image(slotsPerSegment: 8), seed: seed + 700, failing: 0).image
    let slots = image.slots.keys.sorted()
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard let slot = slots.randomElement(using: &random) else { continue }
      image.slots[slot]?[Int.random(in: 0..<4096, using: &random)] ^= 0x20
    }
    try compare(image, "seed \(seed)")
  }
}
