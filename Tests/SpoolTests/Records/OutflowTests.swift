import Telemetry
import TestSupport
import Testing

@testable import Spool

/// While the broker acknowledges, the disk has nothing to do, however many sensors there are.
@Suite("Flash with the link up") struct OutflowTests {
  private func ring(durableAfter: Int64, capacity: Int64 = 64 << 20) throws -> Ring {
    var options = SpoolOptions()
    options.durableAfter = .seconds(durableAfter)
    options.capacity = capacity
    return try Ring(opening: MemoryDisk(), options: options, now: start)
  }

  /// As a reading of `freezer-1`.
  private static let reading = payload(1, length: 61)

  private func sample(_ sensors: Int, _ ring: inout Ring, at now: Uptime) {
    for _ in 0..<sensors { ring.append(Self.reading, critical: false, now: now) }
  }

  /// A minute and more of readings once a second, of which what has been gathered is sent at once and acknowledged a fifth
  /// of a second later.
  private func run(_ sensors: Int, gather: Int, _ ring: inout Ring) {
    var last: RecordNumber?
    for second in 0..<100 {
      let now = start + .seconds(second)
      ring.tick(now: now)
      sample(sensors, &ring, at: now)
      guard second % gather == gather - 1 else { continue }
      let records = ring.next(after: last, limit: .max, now: now)
      last = records.last?.number ?? last
      for record in records { ring.acknowledge(record.number, now: now + .milliseconds(200)) }
    }
  }

  /// The first is what mqtt.md advises; the last but one is just below the limit of memory.
  @Test(
    "Nothing is written while all is acknowledged in time, and nothing is lost",
    arguments: [(20, 30, 60), (60, 10, 60), (500, 1, 5), (700, 1, 5), (500, 30, 60), (700, 20, 30)])
  func linkUp(sensors: Int, gather: Int, durableAfter: Int) throws {
    var ring = try ring(durableAfter: Int64(durableAfter))
    let before = ring.counters.bytesWritten
    ring.link(isUp: true, now: start)
    run(sensors, gather: gather, &ring)
    #expect(ring.counters.bytesWritten == before)
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.taken == sensors * 100)
    #expect(ring.addsUp)
  }

  @Test("What memory cannot keep is written in full blocks, and memory stays within its limit")
  func tooMuch() throws {
    var ring = try ring(durableAfter: 120)
    ring.link(isUp: true, now: start)
    for second in 0..<60 {
      sample(700, &ring, at: start + .seconds(second))
      #expect(ring.ram.memory <= ring.options.degradedLimit)
    }
    #expect(ring.counters.evicted == 0)
    #expect(ring.counters.durable > 0)
    #expect(ring.addsUp)
  }

  @Test("When the connection ends, all that memory has beyond the usual is on the disk at once", arguments: [900, 33])
  func linkDown(kibibytes: Int) throws {
    var ring = try ring(durableAfter: 60)
    ring.link(isUp: true, now: start)
    while ring.ram.size < kibibytes << 10 { sample(1, &ring, at: start) }
    try #require(ring.counters.durable == 0)
    ring.link(isUp: false, now: start + .seconds(1))
    #expect(ring.counters.durable == ring.counters.waiting)
    #expect(ring.ram.isEmpty)
    // And from then on as without a connection.
    while ring.ram.size < ring.options.writeAt - 70 { sample(1, &ring, at: start + .seconds(2)) }
    sample(3, &ring, at: start + .seconds(2))
    #expect(ring.ram.size < Block.capacity)
    #expect(ring.addsUp)
  }

  @Test("A connection that ends with little in memory writes nothing: the age decides")
  func flapping() throws {
    var ring = try ring(durableAfter: 60)
    let before = ring.counters.bytesWritten
    for second in 0..<50 {
      sample(1, &ring, at: start + .seconds(second))
      ring.link(isUp: second % 2 == 0, now: start + .seconds(second))
    }
    #expect(ring.counters.bytesWritten == before)
  }

  @Test("Whatever the connection does, what is older than durable_after is on the disk", arguments: [true, false])
  func age(isUp: Bool) throws {
    var ring = try ring(durableAfter: 60)
    ring.link(isUp: isUp, now: start)
    for second in 0..<200 {
      let now = start + .seconds(second)
      sample(20, &ring, at: now)
      while let deadline = ring.deadline, deadline <= now { ring.tick(now: now) }
      let young = min(second + 1, 60) * 20
      #expect(ring.counters.durable >= ring.counters.waiting - young)
    }
  }

  @Test("A connection on which nothing has been acknowledged for durable_after counts as none")
  func silent() throws {
    var ring = try ring(durableAfter: 60)
    ring.link(isUp: true, now: start)
    let later = start + .seconds(61)
    while ring.ram.size < ring.options.writeAt - 70 { sample(1, &ring, at: later) }
    #expect(ring.counters.durable == 0)
    sample(70, &ring, at: later)
    #expect(ring.counters.durable > 400)
    for record in ring.next(after: nil, limit: 1, now: later) { ring.acknowledge(record.number, now: later) }
    let durable = ring.counters.durable
    sample(3_000, &ring, at: later)
    #expect(ring.counters.durable == durable)
  }

  @Test("Of a small buffer, memory holds a quarter at most: there is room for it")
  func small() throws {
    var ring = try ring(durableAfter: 60, capacity: 512 << 10)
    ring.link(isUp: true, now: start)
    sample(6_000, &ring, at: start)
    #expect(ring.counters.durable > 0)
    #expect(ring.ram.memory < 128 << 10)
    #expect(ring.counters.evicted == 0)
  }
}
