import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Every record that was promised is delivered or named in a report, never both, wherever the power is cut: life after
/// life of one small disk that is always full.
@Suite struct ExactLossTests {
  /// The facts about the records that are known from outside.
  private struct World {
    var nextID: UInt64 = 0
    /// On the disk by their age or because they are critical; neither acknowledged nor reported to the reader.
    var promised: Set<UInt64> = []
    /// When those were taken that are not promised yet.
    var young: [UInt64: Uptime] = [:]
    var acknowledged: Set<UInt64> = []
    /// Named in reports that the reader has acknowledged.
    var reported: Set<UInt64> = []
  }

  private struct Life {
    let operations: [MemoryDisk.Operation]
    /// The world when so many operations had been done.
    let moments: [(operations: Int, world: World)]
  }

  private func open(_ disk: MemoryDisk) throws -> Ring {
    let accountant = Accountant()
    accountant.expires = { $0 % 41 == 7 }
    return try Ring(opening: disk, options: smallOptions(segments: 3), lossReporter: accountant, now: start)
  }

  private func acknowledge(_ record: SpooledRecord, _ ring: inout Ring, _ world: inout World, _ now: Uptime) {
    ring.acknowledge(record.number, now: now)
    if let report = Accountant.report(in: record.bytes) {
      world.reported.formUnion(report.lost)
    } else {
      world.acknowledged.insert(Accountant.id(of: record.bytes))
    }
  }

  private func live(on image: MemoryDisk.Image, from world: World, seed: UInt64) throws -> Life {
    var (world, random, now) = (world, SeededRandom(seed: seed), start)
    let disk = MemoryDisk(image)
    var ring = try open(disk)
    var moments: [(operations: Int, world: World)] = []
    func append(critical: Bool) {
      let id = world.nextID
      world.nextID += 1
      _ = ring.append(identified(id), critical: critical, now: now)
      world.young[id] = now
      if critical { promise { _ in true } }
    }
    func promise(_ isDue: (Uptime) -> Bool) {
      for (id, taken) in world.young where isDue(taken) {
        world.promised.insert(id)
        world.young[id] = nil
      }
    }
    for _ in 0..<90 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4: append(critical: Int.random(in: 0..<4, using: &random) == 0)
      case 4: for _ in 0..<Int.random(in: 1..<50, using: &random) { append(critical: false) }
      case 5:
        let records = ring.next(after: nil, limit: Int.random(in: 1..<15, using: &random), now: now)
        for record in records.shuffled(using: &random) where Int.random(in: 0..<4, using: &random) > 0 {
          acknowledge(record, &ring, &world, now)
        }
      case 6 where Int.random(in: 0..<4, using: &random) == 0:
        for record in ring.readAll(now: now) { acknowledge(record, &ring, &world, now) }
      default:
        now = now + .milliseconds(Int.random(in: 1..<8_000, using: &random))
        ring.tick(now: now)
        promise { $0 + .seconds(5) <= now }
      }
      #expect(ring.addsUp, "seed \(seed): \(ring.counters)")
      moments.append((disk.operations.count, world))
    }
    return Life(operations: disk.operations, moments: moments)
  }

  /// Opens what is left, and holds it against the world as it was: `before` the call under way, and `after` it.
  private func verify(_ image: MemoryDisk.Image, before: World, after: World, _ place: Comment) throws -> World {
    var ring = try open(MemoryDisk(image))
    var (world, found, named) = (after, Set<UInt64>(), Set<UInt64>())
    world.young = [:]
    // In one go: what is handed out while the ring goes on evicting can be named as well.
    let records = ring.next(after: nil, limit: .max, now: start)
    for record in records {
      if let report = Accountant.report(in: record.bytes) {
        named.formUnion(report.lost)
        continue
      }
      let id = Accountant.id(of: record.bytes)
      #expect(record.bytes == identified(id), place)
      #expect(found.insert(id).inserted, place)
    }
    // The expired records were named at the end of that step, and are read now.
    let later = ring.next(after: records.last { !$0.isAhead }?.number, limit: .max, now: start)
      .compactMap { Accountant.report(in: $0.bytes)?.lost }
    let owed = before.promised.subtracting(after.acknowledged).subtracting(after.reported)
    #expect(later.reduce(owed.subtracting(found).subtracting(named)) { $0.subtracting($1) }.isEmpty, place)
    #expect(found.intersection(named) == [], place)
    #expect(found.intersection(before.reported) == [], place)
    #expect(ring.addsUp, "\(place) \(ring.counters)")
    world.promised = later.reduce(found.union(named)) { $0.union($1) }
    // The call under way may have made a report and read it, after the cut.
    world.reported.subtract(found)
    return world
  }

  @Test("What was promised arrives or is reported, wherever the power is cut", arguments: 1...6)
  func cuts(run: UInt64) throws {
    var (image, world) = (MemoryDisk.Image(slotsPerSegment: 8), World())
    for generation in 0..<4 as Range<UInt64> {
      let seed = run * 1_000 + generation + seedBase
      var random = SeededRandom(seed: seed &+ 5_000)
      let life = try live(on: image, from: world, seed: seed)
      let chosen = Int.random(in: 0..<life.operations.count, using: &random)
      var (cut, next) = (PowerCut(on: image), (image, world))
      for (index, operation) in life.operations.enumerated() {
        let left = cut.image(during: operation, using: &random)
        let before = life.moments.last { $0.operations <= index }?.world ?? world
        let after = life.moments.first { $0.operations > index }?.world ?? life.moments[life.moments.count - 1].world
        let place: Comment = "seed \(seed), cut at operation \(index) of \(life.operations.count)"
        let found = try verify(left, before: before, after: after, place)
        if index == chosen { next = (left, found) }
        cut.perform(operation)
      }
      (image, world) = next
    }
  }
}
