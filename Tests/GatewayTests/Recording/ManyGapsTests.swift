import Testing
import Uplink

@testable import Gateway

/// Each sensor of a large device has a gap when a segment is given up. The broker is away meanwhile.
@Suite("Evicting where gaps are many")
struct ManyGapsTests {
  private static let readings = 12_000

  private func world(sensors: Int) throws -> GapWorld<LimitedBroker> {
    let world = try GapWorld(sensors: (1...sensors).map { "s\($0)" }, limit: 4_000, .refused)
    world.sample(seconds: Self.readings / sensors)
    return world
  }

  /// Blocks that hold one record, and reports of others beside it, would evict a segment for each seven readings.
  @Test("What 100 sensors lose is reported in few blocks")
  func fewBlocks() throws {
    let counters = try world(sensors: 100).counters
    #expect(counters.ledger.evicted > 10_000)
    // A reading is smaller than a fiftieth of a block.
    #expect(counters.bytesWritten < Int64(4 * Self.readings / 50 * 4_096), "\(counters)")
  }

  /// Reports of what one segment held would cost the next segment, and theirs again: several segments go at once.
  @Test("Reports that are larger than a segment end, and every reading is accounted for", arguments: [300, 1_000])
  func largerThanASegment(sensors: Int) throws {
    let world = try world(sensors: sensors)
    #expect(world.counters.ledger.evicted > 10_000)
    world.openBroker()
    #expect(world.drain(for: .seconds(14_400)), "\(world.counters.waiting) wait")
    #expect(world.arrived.unexplained.isEmpty)
  }
}
