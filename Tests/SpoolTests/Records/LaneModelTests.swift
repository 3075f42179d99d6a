import Telemetry
import TestSupport
import Testing

@testable import Spool

/// Records that go ahead, are held and rejected at random.
@Suite struct LaneModelTests: UsesLanes {
  let lossReporter = SilentBookkeeper()

  @Test(
    "Everything at random: each record ends once, the sums are right at every step, and a restart finds the rest",
    arguments: 1...40 as ClosedRange<UInt64>)
  func random(run: UInt64) throws {
    let seed = run + seedBase
    var random = SeededRandom(seed: seed)
    let disk = MemoryDisk(slotsPerSegment: 8)
    var options = smallOptions(segments: 8)
    options.order = Bool.random(using: &random) ? .newestFirst : .oldestFirst
    var ring = try Ring(opening: disk, options: options, lossReporter: lossReporter, now: start)
    var now = start
    var last: RecordNumber?
    var (out, done, held): (Set<RecordNumber>, Set<RecordNumber>, Set<RecordNumber>) = ([], [], [])
    func take(_ records: [SpooledRecord]) {
      for record in records {
        #expect(record.bytes == payload(record.number, salt: seed), "seed \(seed)")
        #expect(!done.contains(record.number), "seed \(seed)")
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
    let evicted = Set(lossReporter.lost.filter { $0.reason == .evicted }.map(\.bytes))
    func owed() -> Set<RecordNumber> {
      Set((0..<ring.ram.end).filter { !done.contains($0) && !evicted.contains(payload($0, salt: seed)) })
    }
    ring.close(now: now)
    var after = try Ring(opening: MemoryDisk(disk.image), options: options, lossReporter: SilentBookkeeper(), now: now)
    #expect(owed().subtracting(after.readAll(now: now).map(\.number)).isEmpty, "seed \(seed)")
    #expect(after.addsUp, "seed \(seed)")
    // The rest arrives.
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
    #expect(owed().isEmpty, "seed \(seed): \(ring.counters)")
    #expect(ring.counters.waiting == 0, "seed \(seed): \(ring.counters)")
    #expect(ring.addsUp, "seed \(seed): \(ring.counters)")
  }
}
