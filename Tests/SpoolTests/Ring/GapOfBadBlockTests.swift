import Telemetry
import TestSupport
import Testing

@testable import Spool

/// The gap that reports a block that has gone bad, with the records that the gateway makes.
@Suite struct GapOfBadBlockTests {
  /// The gateway's ledger, without its clock.
  private final class Gaps: LossReporter {
    private var summary = GapSummary()
    private var count: UInt64 = 0
    func isExpired(_ record: [UInt8]) -> Bool { false }
    func lost(_ record: [UInt8], _ reason: LossReason) { summary.add(record, .evicted) }
    func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
      summary.addUnreadable(count: UInt64(count), before: before, after: after, hasHoles: hasHoles)
    }
    func reports(epoch: UInt32) -> [[UInt8]] {
      defer { summary = GapSummary() }
      return summary.gaps(at: stamp, limit: Block.maximumReport) {
        count += 1
        return Identity(sensor: Event.stream, epoch: epoch, sequence: count)
      }.map { ReportCoder.encode(.gap($0)) }
    }
  }

  private static let stamp = Stamp(
    boot: BootID(1), uptime: Uptime(nanoseconds: 1), wall: WallTime(nanoseconds: 1), synced: true)

  private static func reading(_ sensor: String, _ sequence: UInt64) -> [UInt8] {
    ReportCoder.encode(
      .reading(
        Reading(
          identity: Identity(sensor: sensor, epoch: 1, sequence: sequence), time: stamp,
          quantities: [.temperature(Temperature(millicelsius: 1_000))], quality: .good)))
  }

  /// Readings of "a", by the block, between which others of a slow sensor can come.
  private struct World {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var ring: Ring
    var last: UInt64 = 0
    static let perBlock = Block.capacity / Block.size(of: reading("a", 1))

    init() throws {
      var options = SpoolOptions()
      options.order = .newestFirst
      ring = try Ring(opening: disk, options: options, lossReporter: Gaps(), now: start)
    }

    mutating func put(_ count: Int) {
      for _ in 0..<count {
        last += 1
        ring.append(reading("a", last), critical: false, now: start)
      }
    }

    mutating func putSlow(_ numbers: ClosedRange<UInt64>) {
      for number in numbers { ring.append(reading("slow", number), critical: false, now: start) }
    }

    mutating func flush() -> Int? {
      _ = ring.write(upTo: ring.ram.end, mayEvict: true, now: start)
      return disk.writtenSlots.last
    }

    mutating func spans() -> [Gap.Span] {
      ring.readAnew()
      return ring.readAll(portion: 50).compactMap { record -> [Gap.Span]? in
        guard case .gap(let gap)? = try? ReportCoder.decode(record.bytes) else { return nil }
        return gap.spans
      }.flatMap { $0 }
    }
  }

  private func spans(deliveredAhead: Int) throws -> (spans: [Gap.Span], ahead: ClosedRange<UInt64>) {
    var world = try World()
    for _ in 0..<5 {
      world.put(World.perBlock)
      _ = world.flush()
    }
    // The link comes for a moment: new ones go ahead of the backlog, and are acknowledged.
    let ahead = world.last + 1...world.last + 3
    world.put(deliveredAhead)
    let records = world.ring.next(after: nil, limit: 3, now: start)
    for record in records.prefix(deliveredAhead) { world.ring.acknowledge(record.number, now: start) }
    world.putSlow(1...3)
    world.put(World.perBlock - 4)
    let slot = world.flush()
    let bad = try #require(slot)
    for _ in 0..<5 {
      world.put(World.perBlock)
      _ = world.flush()
    }
    world.disk.image.slots[bad]?[3_000] ^= 1
    return (world.spans(), ahead)
  }

  @Test("A gap beside holes does not say of readings that were delivered that they are lost for sure")
  func besideHoles() throws {
    let (spans, ahead) = try spans(deliveredAhead: 3)
    #expect(!spans.isEmpty)
    for span in spans where span.stream == "a" && span.first.sequence <= ahead.upperBound { #expect(span.count == nil) }
  }

  @Test("Where no number is missing beside it a gap says exactly what is lost")
  func withoutHoles() throws {
    var world = try World()
    var bad: Int?
    for block in 0..<9 {
      world.put(World.perBlock)
      let slot = world.flush()
      if block == 4 { bad = slot }
    }
    world.disk.image.slots[try #require(bad)]?[3_000] ^= 1
    let spans = world.spans()
    #expect(spans.map(\.count) == [UInt64(World.perBlock)])
    #expect(spans.first?.first.sequence == UInt64(4 * World.perBlock + 1))
  }
}
