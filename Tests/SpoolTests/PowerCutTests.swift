import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Cuts the power at every operation of random workloads, several lives of one disk in a row.
@Suite struct PowerCutTests {
  /// The ring's promises after `operations` operations.
  private struct Promise {
    let operations: Int
    /// On the disk, not acknowledged, not evicted.
    let durable: Set<RecordNumber>
    let waiting: Set<RecordNumber>
    let epoch: UInt32
  }

  private struct Life {
    let operations: [MemoryDisk.Operation]
    let promises: [Promise]
    /// Everything that was ever appended or recovered, by number.
    let written: [RecordNumber: [UInt8]]
    /// What the life before had not synced when its power was cut, in the middle of what it had.
    let lostBefore: Int
    let failing: Bool
  }

  /// One run of the daemon with random calls. The ring's own word is not trusted for what has to be durable: age and
  /// `critical` decide.
  private func live(
    on image: MemoryDisk.Image, written before: [RecordNumber: [UInt8]], seed: UInt64, failing: Double = 0
  ) throws -> Life {
    var random = SeededRandom(seed: seed)
    let disk = MemoryDisk(image)
    var written = before
    var now = start
    let lossReporter = SilentBookkeeper()
    var ring = try Ring(opening: disk, options: smallOptions(segments: 4), lossReporter: lossReporter, now: now)
    var waiting: [RecordNumber: (taken: Uptime, durable: Bool)] = [:]
    for record in ring.readAll() { waiting[record.number] = (now, true) }
    lossReporter.lost = []
    let lostBefore = ring.counters.lost
    var faults = SeededRandom(seed: seed &+ 9_000)
    disk.fault = { access, _, _ in
      access != .read && Double.random(in: 0..<1, using: &faults) < failing ? EIO : nil
    }
    var promises: [Promise] = []
    var after: RecordNumber?
    func promise() {
      // Not by the segments: after a failed write one may be there yet of which everything was given up, and reported.
      for gone in lossReporter.lost where gone.reason == .evicted {
        if let number = waiting.keys.filter({ written[$0] == gone.bytes }).min() { waiting[number] = nil }
      }
      lossReporter.lost = []
      let durable = Set(waiting.filter { $0.value.durable }.keys)
      promises.append(
        Promise(operations: disk.operations.count, durable: durable, waiting: Set(waiting.keys), epoch: ring.epoch))
    }
    promise()
    for _ in 0..<120 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let critical = Int.random(in: 0..<6, using: &random) == 0
        let bytes = payload(ring.ram.end, salt: seed)
        let appended = ring.append(bytes, critical: critical, now: now)
        let number = try #require(appended)
        written[number] = bytes
        waiting[number] = (now, false)
        if critical, !ring.counters.degraded {
          for key in waiting.keys where key <= number { waiting[key]?.durable = true }
        }
      case 4:
        for _ in 0..<Int.random(in: 1..<60, using: &random) {
          let bytes = payload(ring.ram.end, salt: seed)
          let appended = ring.append(bytes, critical: false, now: now)
          let number = try #require(appended)
          written[number] = bytes
          waiting[number] = (now, false)
        }
      case 5, 6:
        let records = ring.next(after: after, limit: Int.random(in: 1..<30, using: &random), now: now)
        after = Bool.random(using: &random) ? records.last?.number : nil
        for record in records.shuffled(using: &random) where Int.random(in: 0..<8, using: &random) > 0 {
          ring.acknowledge(record.number, now: now)
          waiting[record.number] = nil
        }
      case 7 where Int.random(in: 0..<3, using: &random) == 0:
        for record in ring.readAll(now: now) {
          #expect(record.bytes == written[record.number])
          ring.acknowledge(record.number, now: now)
          waiting[record.number] = nil
        }
      default:
        now = now + .milliseconds(Int.random(in: 1..<8_000, using: &random))
        ring.tick(now: now)
        guard !ring.counters.degraded else { break }
        for (key, value) in waiting where value.taken + .seconds(5) <= now { waiting[key]?.durable = true }
      }
      #expect(ring.addsUp, "seed \(seed): \(ring.counters)")
      #expect(ring.counters.lost == lostBefore, "seed \(seed)")
      promise()
    }
    return Life(
      operations: disk.operations, promises: promises, written: written, lostBefore: lostBefore, failing: failing > 0)
  }

  /// Opens what a cut has left, and holds it against what was promised before. Returns the records found.
  private func verify(_ image: MemoryDisk.Image, cutAt operation: Int, of life: Life, _ seed: UInt64) throws
    -> [SpooledRecord]
  {
    let place: Comment = "seed \(seed), cut at operation \(operation) of \(life.operations.count)"
    var ring = try Ring(opening: MemoryDisk(image), options: smallOptions(segments: 4), now: start)
    let last = try #require(life.promises.lastIndex { $0.operations <= operation } ?? life.promises.indices.first)
    let kept = life.promises[last]
    let following = life.promises[min(last + 1, life.promises.count - 1)]
    // Records that the calls under way may have acknowledged or evicted are no longer owed.
    let owed = kept.durable.intersection(following.durable)
    let records = ring.readAll()
    #expect(zip(records, records.dropFirst()).allSatisfy { $0.number < $1.number }, place)
    #expect(records.allSatisfy { life.written[$0.number] == $0.bytes }, place)
    // In a full ring the block of the new epoch costs the oldest segment.
    let evictedBelow = ring.counters.evicted > 0 ? ring.live[0].first : 0
    let missing = owed.subtracting(records.map(\.number)).filter { $0 >= evictedBelow }
    // The first promise is made by opening; before it only the epoch can be in doubt.
    if operation >= life.promises[0].operations {
      #expect(missing.isEmpty, place)
      #expect(ring.epoch > kept.epoch, place)
    }
    #expect(ring.counters.recovered == records.count + ring.counters.lost + ring.counters.evicted, place)
    #expect(ring.addsUp, place)
    let unsynced = kept.waiting.union(following.waiting).subtracting(kept.durable)
    // With failed writes, records may have been acknowledged that only a failed block held, and the disk not know it.
    if !life.failing { #expect(ring.counters.lost <= unsynced.count + life.lostBefore, place) }
    for record in records { ring.acknowledge(record.number, now: start) }
    #expect(ring.counters.waiting == 0, place)
    #expect(ring.addsUp, place)
    return records
  }

  @Test("A power cut at any operation loses no durable record and brings back no wrong one", arguments: 1...8)
  func cutEverywhere(run: UInt64) throws { try cutEverywhere(run: run, failing: 0) }

  @Test("Nor does it when one write and sync in ten fails", arguments: 1...6)
  func cutFailingDisk(run: UInt64) throws { try cutEverywhere(run: run + 500, failing: 0.1) }

  private func cutEverywhere(run: UInt64, failing: Double) throws {
    var image = MemoryDisk.Image(slotsPerSegment: 8)
    var written: [RecordNumber: [UInt8]] = [:]
    for generation in 0..<4 as Range<UInt64> {
      let seed = run * 100 + generation + seedBase
      var random = SeededRandom(seed: seed &+ 5_000)
      let life = try live(on: image, written: written, seed: seed, failing: failing)
      let chosen = Int.random(in: 0...life.operations.count, using: &random)
      var cut = PowerCut(on: image)
      for operation in 0...life.operations.count {
        let underWay = operation < life.operations.count ? life.operations[operation] : nil
        let left = cut.image(during: underWay, using: &random)
        let records = try verify(left, cutAt: operation, of: life, seed)
        if operation == chosen {
          image = left
          written = Dictionary(uniqueKeysWithValues: records.map { ($0.number, $0.bytes) })
        }
        if let underWay { cut.perform(underWay) }
      }
    }
  }
}
