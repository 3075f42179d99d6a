import Foundation
import Simulation
import Telemetry
import TestSupport
import Testing
import Uplink

@testable import Gateway

/// Other random runs than the usual ones: FIELDPOST_SEED=12345 deploy/test.
private let seedBase = ProcessInfo.processInfo.environment["FIELDPOST_SEED"].flatMap(UInt64.init) ?? 0

/// The whole way of a reading, with a broker that has a limit to the size of a packet, is over quota now and then, answers
/// late, and closes connections. At the end the weather is good.
@Suite("Brokers of all kinds")
struct BrokerModelTests {
  @Test("Everything arrives or is told of, once, under its own device's name", arguments: 1...9)
  func everyBroker(_ number: Int) throws {
    let seed = seedBase + UInt64(number)
    var random = SeededRandom(seed: seed)
    func pick<T>(_ choices: [T]) -> T { choices[Int(random.next() % UInt64(choices.count))] }
    let count = number % 9 == 0 ? 500 : pick([2, 20, 60, 90])
    let device = pick(["box", "coldstore-7", String(repeating: "long-", count: 6) + "\(seed)"])
    let limit = 900 + Int(random.next() % 3_000)
    let trouble = LimitedBroker.Trouble.allCases[number % 3]
    let world = try GapWorld(sensors: (1...count).map { "sensor-\($0)" }, device: device, limit: limit, trouble) {
      $0.inFlight = pick([1, 5, 20])
      $0.batch = pick([1, 10])
    }
    let what = "seed \(seed): \(count) sensors, \(limit) bytes, \(trouble)"
    world.set(
      .init(overQuota: pick([0, 2]), breaks: pick([0, 2]), delay: .milliseconds(pick([0, 20, 300]))), seed: seed)
    // The buffer is full after 1,500 readings.
    world.sample(seconds: count == 500 ? 11 : 2_000 / count)
    let before = world.counters.ledger.evicted
    world.openBroker()
    world.sample(seconds: max(2, 300 / count))
    world.set(.init())
    expectAllArrived(world, what, evictedBefore: before, device: device)
  }

  @Test("The same with a broker of queues, which confirms, returns, blocks, and has no exchange yet", arguments: 1...9)
  func queues(_ number: Int) throws {
    let seed = seedBase + UInt64(number)
    var random = SeededRandom(seed: seed)
    func pick<T>(_ choices: [T]) -> T { choices[Int(random.next() % UInt64(choices.count))] }
    let count = pick([2, 20, 60])
    let (inFlight, batch) = (pick([1, 5, 20]), pick([1, 10]))
    let world = try GapWorld(
      sensors: (1...count).map { "sensor-\($0)" }, { QueueBroker(loop: $1) },
      { ($0.inFlight, $0.batch) = (inFlight, batch) })
    let weather = QueueBroker.Weather(
      nacks: pick([0, 2]), returns: pick([0, 2]), breaks: pick([0, 2]), unprepared: .seconds(pick([0, 60])),
      blocks: pick([0, 50]), blockedFor: .seconds(pick([1, 90])))
    world.broker.assumeIsolated { $0.set(weather, seed: seed) }
    world.sample(seconds: 2_000 / count)
    let before = world.counters.ledger.evicted
    world.openBroker()
    world.sample(seconds: 300 / count)
    world.broker.assumeIsolated { $0.set(.init()) }
    expectAllArrived(world, "seed \(seed): \(count) sensors, \(weather)", evictedBefore: before, device: "box")
  }

  private func expectAllArrived<Broker>(
    _ world: GapWorld<Broker>, _ what: String, evictedBefore before: UInt64, device: String
  ) {
    #expect(world.drain(for: .seconds(14_400)), "\(what): \(world.counters.waiting) wait")
    let arrived = world.arrived
    let told = arrived.counts["evicted", default: 0] + arrived.counts["rejected", default: 0]
    let evicted = Int(world.counters.ledger.evicted)
    // A record that was in flight when it was evicted may have arrived, and is reported as lost all the same.
    let mayRepeat = evicted > Int(before) + arrived.counts["rejected", default: 0]
    #expect(
      told == evicted || mayRepeat && told > evicted, "\(what): \(evicted), \(before) before, \(arrived.counts)")
    #expect(told > 0, "\(what)")
    let unexplained = arrived.unexplained
    #expect(unexplained.count == 0, "\(what): \(unexplained.count), \(unexplained.prefix(5))")
    #expect(arrived.devices == [device], "\(what): \(arrived.devices)")
    #expect(!world.hasDeadLetters, "\(what): \(arrived.devices)")
  }
}
