import Foundation
import Testing

/// Brokers that go bad while a long backlog is on its way.
@Suite("Bad brokers and a backlog")
struct FakeBrokerBacklogTests {
  /// With batches of 50 and a window of 1,000 it is all on its way at one time, and no kernel takes so much by itself.
  private static let count = 50_000
  private static let uplink = "  in_flight: 1000\n  batch: {readings: 50}"
  private static let sensors = "  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1h}"

  let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    try Backlog.fill(workplace, Self.count)
  }

  private var deaf: Manners {
    var manners = Manners()
    manners.isDeaf = true
    return manners
  }

  private func start(_ broker: FakeBroker) throws -> Story {
    try Story(workplace, broker, uplink: Self.uplink, sensors: Self.sensors)
  }

  @Test("A broker that reads no more is given up; the next connection has everything, in order")
  func deafOnce() async throws {
    let deaf = deaf
    let broker = try FakeBroker(room: 4_096) { $0 == 1 ? deaf : Manners() }
    let story = try start(broker)
    // No acknowledgement has come in time, or the kernel has found out first that nobody reads.
    #expect(await story.daemon.willSay("[connection-lost]"), "\(story.daemon.lines)")
    let last = "old 1 \(Self.count)"
    #expect(
      await story.sees(within: .seconds(120)) { $0.accepted.contains { $0.identities.last == last } },
      "\(broker.journal.connections) connections: \(story.daemon.lines)")
    let numbers = broker.journal.accepted.flatMap(\.identities).filter { $0.hasPrefix("old") }
    #expect(numbers == (1...Self.count).map { "old 1 \($0)" }, "\(numbers.count)")
    await story.end(processorSeconds: 20)
    #expect(broker.journal.connections == 2, "\(broker.journal.violations)")
    #expect(broker.journal.violations.isEmpty, "\(broker.journal.violations)")
  }

  @Test("While a broker reads nothing, the daemon does not spin, SIGTERM ends it, and the buffer keeps everything")
  func deafForEver() async throws {
    let deaf = deaf
    let story = try start(try FakeBroker(room: 4_096) { _ in deaf })
    #expect(await story.daemon.willSay("no acknowledgement within"), "\(story.daemon.lines)")
    let (before, connections) = (story.daemon.processorSeconds, story.broker.journal.connections)
    // The story: nothing is waited for.
    try await Task.sleep(for: .seconds(5))
    let spent = story.daemon.processorSeconds - before
    // Each connection encodes a window anew, which is not the question here; on a busy machine the sleep is a long one.
    let allowed = 4 + 3 * Double(story.broker.journal.connections - connections)
    await story.end(processorSeconds: 3 * Double(story.broker.journal.connections))
    #expect(spent < allowed, "\(spent) s of processor time, \(allowed) s allowed")
    #expect(story.broker.journal.accepted.isEmpty)
    let ledger = try Story.ledger(workplace)
    #expect(ledger.acknowledged == 0, "\(ledger)")
    #expect(ledger.waiting == ledger.taken, "\(ledger)")
    #expect(ledger.taken >= Self.count, "\(ledger)")
  }
}
