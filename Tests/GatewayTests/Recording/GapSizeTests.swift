import Simulation
import Telemetry
import Testing
import Uplink

@testable import Gateway

/// A gap names each sensor: with many of them it can be larger than the broker takes. Its content has to arrive all the same.
@Suite("Gaps that are larger than the broker takes")
struct GapSizeTests {
  private static func names(_ count: Int) -> [String] { (1...count).map { "coldroom-\($0)" } }

  /// An outage in which the buffer is full many times over, and then a broker with this limit.
  private func outage(_ world: GapWorld<LimitedBroker>, seconds: Int = 45) {
    world.sample(seconds: seconds)
    #expect(world.counters.ledger.evicted > 0)
    world.openBroker()
  }

  private func expectAllTold(_ world: GapWorld<LimitedBroker>, _ what: String = "") {
    let arrived = world.arrived
    let told = arrived.counts["evicted", default: 0] + arrived.counts["rejected", default: 0]
    #expect(Int(world.counters.ledger.evicted) == told, "\(what) \(arrived.counts)")
    let unexplained = arrived.unexplained
    #expect(unexplained.count == 0, "\(what) \(unexplained.prefix(5))")
    #expect(!world.hasDeadLetters, "\(what)")
  }

  @Test("It is told in parts that fit, and the parts add up", arguments: LimitedBroker.Trouble.allCases)
  func divided(_ trouble: LimitedBroker.Trouble) throws {
    let world = try GapWorld(sensors: Self.names(60), limit: 2_048, trouble)
    outage(world)
    #expect(world.drain(for: .seconds(3_600)), "\(world.counters.waiting) wait")
    expectAllTold(world)
    #expect(world.broker.assumeIsolated { $0.troubles } > 0)
    #expect(world.arrived.largestGap > 500)
  }

  @Test("Dividing wears the disk only as long as it gets anywhere", arguments: LimitedBroker.Trouble.allCases)
  func wear(_ trouble: LimitedBroker.Trouble) throws {
    let world = try GapWorld(sensors: Self.names(60), limit: 700, trouble)
    outage(world)
    let before = world.counters.bytesWritten
    #expect(world.drain(for: .seconds(7_200)), "\(world.counters.waiting) wait")
    #expect(world.counters.bytesWritten - before < 100 * 4_096, "\((world.counters.bytesWritten - before) / 4_096)")
    expectAllTold(world)
    let drained = world.counters.bytesWritten
    world.loop.advance(by: .seconds(86_400))
    #expect(world.counters.bytesWritten == drained)
  }

  @Test(
    "One that cannot be divided, or is refused for another reason, waits and holds up nothing",
    arguments: [Refusal.Kind.tooLarge, .never])
  func kept(_ kind: Refusal.Kind) throws {
    // Readings are smaller, and gaps, even with one sensor, are not.
    let world = try GapWorld(sensors: Self.names(5), limit: 260, .refused, kind: kind)
    outage(world, seconds: 600)
    world.sample(seconds: 120)
    world.loop.advance(by: .seconds(3_600))
    let waiting = world.waiting
    #expect(waiting.allSatisfy { if case .gap = $0 { true } else { false } }, "\(waiting.count)")
    #expect(!waiting.isEmpty, "\(waiting.count)")
    #expect(world.arrived.numbers["coldroom-1"]?.count ?? 0 > 200)
    #expect(!world.hasDeadLetters)
    let kept = waiting.reduce(0) { sum, report in if case .gap(let gap) = report { sum + Int(gap.count) } else { sum } }
    #expect(kept == Int(world.counters.ledger.evicted))
  }
}
