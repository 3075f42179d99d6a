import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("DHT11 and DHT22")
struct DHTTests {
  /// The edges of a frame as a logic analyser shows them, in nanoseconds: the chip's answer, forty bits, the end.
  static func frame(_ bytes: [UInt8], preamble: Bool = true, jitter: Int64 = 0) -> [Int64] {
    var times: [Int64] = []
    var now: Int64 = 30_000
    func cell(_ low: Int64, _ high: Int64) {
      let wobble = Int64(times.count % 3 - 1) * jitter
      times += [now + wobble, now + low - wobble]
      now += low + high
    }
    if preamble { cell(80_000, 80_000) }
    for byte in bytes {
      for bit in (0..<8).reversed() { cell(50_000, byte >> bit & 1 == 1 ? 70_000 : 27_000) }
    }
    cell(50_000, 0)
    return times
  }

  private static let good: [UInt8] = [0x02, 0x8C, 0x01, 0x5F, 0xEE]

  @Test(
    "A frame is its bytes, also with edges that are some microseconds off", arguments: [0, 3_000, 7_000] as [Int64])
  func bytes(_ jitter: Int64) throws {
    for bytes in [
      Self.good, [0x02, 0x92, 0x01, 0x0D, 0xA2], [0x37, 0x00, 0x18, 0x04, 0x53], [0xFF, 0xFF, 0xFF, 0xFF, 0xFC],
    ] {
      #expect(try DHTFrame.bytes(of: Self.frame(bytes, jitter: jitter)) == bytes)
    }
  }

  @Test("A lost beginning does not matter, as long as the forty bits are there", arguments: 0...3)
  func lostBeginning(_ lost: Int) throws {
    let times = Array(Self.frame(Self.good).dropFirst(lost))
    if times.count >= 82 { #expect(try DHTFrame.bytes(of: times) == Self.good) }
  }

  @Test("Nor does a lost end")
  func lostEnd() throws { #expect(try DHTFrame.bytes(of: Self.frame(Self.good).dropLast()) == Self.good) }

  @Test("Any two edges that were merged are a fault, never another value", arguments: 2..<82)
  func merged(_ index: Int) {
    var times = Self.frame(Self.good)
    times.removeSubrange(index...index + 1)
    #expect(throws: SensorError.self) { try DHTFrame.bytes(of: times) }
  }

  @Test("Any single edge that was lost is a fault or does not matter", arguments: 0..<84)
  func lost(_ index: Int) {
    var times = Self.frame(Self.good)
    times.remove(at: index)
    let found = try? DHTFrame.bytes(of: times)
    #expect(found == nil || found == Self.good)
  }

  @Test("Too few edges, none, or noise are no frame", arguments: [0, 1, 10, 80])
  func few(_ count: Int) {
    #expect(throws: SensorError.self) { try DHTFrame.bytes(of: Array(Self.frame(Self.good).prefix(count))) }
    #expect(throws: SensorError.self) { try DHTFrame.bytes(of: (0..<200).map { Int64($0) * 10_000 }) }
    #expect(throws: SensorError.self) { try DHTFrame.bytes(of: Array(repeating: 0, count: 100)) }
  }

  @Test("Any turned bit is found by the sum", arguments: 0..<40)
  func checksum(_ bit: Int) {
    var bytes = Self.good
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    guard case .checksum = failure({ try DHTFrame.bytes(of: Self.frame(bytes)) }) else {
      Issue.record("bit \(bit) was missed")
      return
    }
  }

  @Test(
    "The manuals' values, below zero too, and clones' two's complement",
    arguments: [
      ([0x02, 0x8C, 0x01, 0x5F, 0xEE], false, 35_100, 65_200), ([0x02, 0x92, 0x01, 0x0D, 0xA2], false, 26_900, 65_800),
      ([0x02, 0x8C, 0x80, 0x65, 0x73], false, -10_100, 65_200),
      ([0x02, 0x8C, 0xFF, 0x9B, 0x28], false, -10_100, 65_200),
      ([0x02, 0x8C, 0x00, 0x01, 0x8F], false, 100, 65_200), ([0x02, 0x8C, 0x80, 0x01, 0x0F], false, -100, 65_200),
      ([0x02, 0x8C, 0xFF, 0xFF, 0x8C], false, -100, 65_200),
      ([0x37, 0x00, 0x18, 0x04, 0x53], true, 24_400, 55_000), ([0x28, 0x00, 0x02, 0x83, 0xAD], true, -2_300, 40_000),
    ] as [([UInt8], Bool, Int64, Int64)])
  func values(_ bytes: [UInt8], _ isDHT11: Bool, _ temperature: Int64, _ humidity: Int64) throws {
    #expect(
      try DHTFrame.sample(bytes, isDHT11: isDHT11)
        == Sample([
          .temperature(Temperature(millicelsius: temperature)), .humidity(RelativeHumidity(millipercent: humidity)),
        ]))
  }

  @Test(
    "What the chip cannot mean is a fault",
    arguments: [
      ([0, 0, 0, 0, 0], false), ([0x03, 0xE9, 0, 0, 0xEC], false), ([0x02, 0x8C, 0x03, 0x21, 0xB2], false),
      ([0x37, 0x0A, 0x18, 0x04, 0x5D], true), ([0x37, 0x00, 0x18, 0x0A, 0x59], true),
      ([0x37, 0x00, 0x3D, 0x00, 0x74], true),
    ] as [([UInt8], Bool)])
  func refused(_ bytes: [UInt8], _ isDHT11: Bool) {
    #expect(throws: SensorError.self) { try DHTFrame.sample(bytes, isDHT11: isDHT11) }
  }

  @Test("A humidity of exactly zero beside a temperature is suspect", arguments: [true, false])
  func dry(_ isDHT11: Bool) throws {
    let bytes: [UInt8] = isDHT11 ? [0, 0, 24, 4, 28] : [0, 0, 1, 0x5F, 0x60]
    let sample = try DHTFrame.sample(bytes, isDHT11: isDHT11)
    #expect(sample.quality == .suspect)
    #expect(sample.quantities[1].micros == 0)
  }

  private func make(_ bank: SimulatedGPIO) throws -> any Sensor {
    guard case .gpio(_, let make) = try #require(Catalog.chip(named: "dht22")).attachment else {
      throw BusError(.failed, "")
    }
    return make(bank, DriverOptions(["line": .text("GPIO4")]))
  }

  @Test("A frame that is lost is asked for again after two seconds, three times in all", arguments: 0...3)
  func tries(_ lost: Int) throws {
    let time = ManualTime()
    let bank = SimulatedGPIO(time: time.source)
    var asked: [Uptime] = []
    bank.answer(on: .name("GPIO4")) { _ in
      asked.append(time.now)
      let isLost = lost > 0 && (2...1 + lost).contains(asked.count)
      let times = Self.frame(Self.good).dropLast(isLost ? 30 : 0)
      return times.enumerated().map { ($0.offset % 2 == 1, .nanoseconds($0.element)) }
    }
    var sensor = try make(bank)
    try sensor.start()
    if lost < 3 {
      #expect(try sensor.sample().quantities.first == .temperature(Temperature(millicelsius: 35_100)))
    } else {
      #expect(throws: SensorError.self) { try sensor.sample() }
    }
    #expect(asked.count == 1 + min(lost + 1, 3))
    #expect(zip(asked, asked.dropFirst()).allSatisfy { $1 - $0 >= .seconds(2) })
  }

  @Test("A start after a failure waits until the chip can answer; the first one does not wait")
  func startAgain() throws {
    let time = ManualTime()
    let bank = SimulatedGPIO(time: time.source)
    var asked: [Uptime] = []
    bank.answer(on: .name("GPIO4")) { _ in
      defer { asked.append(time.now) }
      // As the chip does: asked too soon it says nothing. Its first answer is lost.
      guard let last = asked.last, time.now - last >= .seconds(2) else { return [] }
      return Self.frame(Self.good).enumerated().map { ($0.offset % 2 == 1, .nanoseconds($0.element)) }
    }
    let begin = time.now
    var sensor = try make(bank)
    #expect(throws: SensorError.self) { try sensor.start() }
    #expect(time.now - begin < .milliseconds(50))
    try sensor.start()
    #expect(try sensor.sample().quantities.first == .temperature(Temperature(millicelsius: 35_100)))
  }

  @Test("A line on which nobody answers is a fault that says so")
  func silence() throws {
    let bank = SimulatedGPIO(time: ManualTime().source)
    bank.answer(on: .name("GPIO4")) { _ in [] }
    var sensor = try make(bank)
    #expect(try malformedFailure { try sensor.start() }.contains("no answer"))
  }
}

@Suite("TMP05 and TMP06")
struct TMP05Tests {
  private func wave(_ periods: Int, high: Int64 = 40_000_000, low: Int64 = 76_000_000) -> [Edge] {
    (0..<periods).flatMap { period -> [Edge] in
      let begin = Int64(period) * (high + low)
      return [
        Edge(isActive: true, at: Uptime(nanoseconds: begin)),
        Edge(isActive: false, at: Uptime(nanoseconds: begin + high)),
      ]
    }
  }

  @Test(
    "The formula of the datasheet",
    arguments: [(40, 76, 25_737_000), (40, 71, -2_099_000), (40, 65, -41_154_000), (40, 100, 120_600_000)]
      as [(Int64, Int64, Int64)])
  func values(_ high: Int64, _ low: Int64, _ micros: Int64) throws {
    let edges = wave(9, high: high * 1_000_000, low: low * 1_000_000)
    guard micros > -40_000_000 else {
      #expect(throws: SensorError.self) { try TMP05.temperature(of: edges) }
      return
    }
    #expect(try TMP05.temperature(of: edges).microcelsius == micros)
  }

  @Test("A lost edge costs its period, not the value", arguments: 0..<18)
  func lost(_ index: Int) throws {
    var edges = wave(9)
    edges.remove(at: index)
    #expect(try TMP05.temperature(of: edges).microcelsius == 25_737_000)
  }

  @Test("Too few periods, none, and noise are faults")
  func few() {
    for edges in [[], wave(1), wave(4), wave(9, high: 1_000, low: 1_000), wave(9, high: 400_000_000)] {
      #expect(throws: SensorError.self) { try TMP05.temperature(of: edges) }
    }
  }
}
