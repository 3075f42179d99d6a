import Configuration
import Drivers
import Sampling
import Simulation
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Gateway

@Suite("Sensors of one chip, when the settings change")
struct SharedChipTests {
  private let time = ManualTime()
  private let loop = ManualLoop()

  private static func line(_ id: String, _ input: Int, _ rest: String = "") -> String {
    "  - {id: \(id), driver: ads1115, bus: BUS, address: 0x48, input: ain\(input), sensor: pt1000, series_ohms: 1000, every: 1s\(rest)}"
  }

  private func settings(_ lines: [String], _ bus: String) throws -> Settings {
    let text = (["device: {id: here}", "uplink: {broker: mqtt://broker}", "sensors:"] + lines).joined(separator: "\n")
    return try ConfigurationLoader.load(
      Array((text + "\n").replacing("BUS", with: "\"\(bus)\"").utf8), file: "devices.yaml", environment: { _ in nil })
  }

  @Test(
    "A reload that changes one sensor of a chip leaves the others right, behind a multiplexer too",
    arguments: ["i2c-1", "i2c-1/mux@0x70/3"])
  func reload(_ bus: String) throws {
    // Each input has a temperature of its own, whatever the sensor is called.
    let wired = try settings((0..<4).map { Self.line("w\($0)", $0) }, bus)
    var wirings = SimulationPlan(wired, ScenarioSettings()).wirings
    for index in wirings.indices { wirings[index].temperature = .constant(Int64(index) * 10_000_000 + 5_000_000) }
    let board = SimulatedBoard(wirings, time: time.source)
    let real = Board(
      i2c: { board.i2c($0) }, sysfs: { board.sysfs() }, gpio: { board.gpio() }, adapters: { [] }, gpioChips: { [] })
    func plan(_ lines: [String]) throws -> Station.Plan {
      let plans = StationPlans(board: real, buses: [], oneWire: OneWireMasters(), tell: { _, _ in })
        .plans(for: try settings(lines, bus).sensors)
      return try #require(plans.first)
    }
    let (loop, told) = (loop, Told())
    let clock = { @Sendable in
      Stamp(boot: BootID(1), uptime: loop.now, wall: WallTime(nanoseconds: 0), synced: false)
    }
    let station = Station(
      try plan([Self.line("a", 0), Self.line("b", 1), Self.line("c", 2)]), loop: loop, clock: clock
    ) {
      guard case .sampled(let sensor, let sample, _) = $0 else { return told.faults.withLock { $0 += 1 } }
      told.degrees.withLock { $0[sensor] = (sample.quantities[0].micros + 10_000_000) / 10_000_000 }
    }
    func expect(_ truth: [String: Int64]) {
      for _ in 1...3 {
        told.degrees.withLock { $0 = [:] }
        time.advance(by: .seconds(1))
        loop.advance(by: .seconds(1))
        #expect(told.degrees.withLock { $0 } == truth)
      }
    }
    station.post { $0.start() }
    loop.settle()
    expect(["a": 1, "b": 2, "c": 3])
    let changed = try plan([Self.line("a", 0), Self.line("b", 3), Self.line("c", 2)])
    station.post { $0.change(to: changed, keeping: ["a", "c"], keepsPower: true) }
    loop.settle()
    expect(["a": 1, "b": 4, "c": 3])
    let swapped = try plan([Self.line("c", 0), Self.line("a", 2)])
    station.post { $0.change(to: swapped, keeping: [], keepsPower: true) }
    loop.settle()
    expect(["c": 1, "a": 3])
    #expect(told.faults.withLock { $0 } == 0)
  }

  private final class Told: Sendable {
    let degrees = Mutex<[String: Int64]>([:])
    let faults = Mutex(0)
  }
}

/// Chips of one address behind two multiplexers, on one bus that stays when the settings change, as a real one does.
@Suite("Sensors behind multiplexers, when the settings change")
struct StationPlansTests {
  /// A bus belongs to one thread, and here everything does.
  private struct Shared: @unchecked Sendable { let bus: SimulatedI2CBus }

  private let time = ManualTime()
  private let loop = ManualLoop()
  private let shared: Shared
  private var multiplexers: [SimulatedMultiplexer] = []
  private let told = Told()

  private final class Told: Sendable {
    let values = Mutex<[String: Int64]>([:])
    let faults = Mutex<[String]>([])
  }

  /// By the sensors' names: degrees, multiplexer, channel.
  private static let places: [(name: String, celsius: Int64, multiplexer: UInt8, channel: UInt8)] = [
    ("a", 10, 0x70, 0), ("b", 20, 0x70, 1), ("c", 30, 0x71, 0), ("d", 40, 0x71, 1),
  ]

  init() throws {
    shared = Shared(bus: SimulatedI2CBus(name: "i2c-1", time: time.source))
    for address in [0x70, 0x71] as [UInt8] {
      let twin = SimulatedMultiplexer()
      shared.bus.attach(twin, at: try #require(I2CAddress(address)))
      multiplexers.append(twin)
    }
    for place in Self.places {
      let temperature = Curve.constant(place.celsius * 1_000_000 + 62_500)
      let chip = try #require(SimulatedLM75(named: "tmp105", temperature: temperature, time: time.source))
      let multiplexer = multiplexers[Int(place.multiplexer - 0x70)]
      shared.bus.attach(chip, at: try #require(I2CAddress(0x48)), behind: multiplexer, channel: place.channel)
    }
  }

  /// `direct`: a sensor that is behind none.
  private func plan(_ names: String, direct: Bool = false) throws -> Station.Plan {
    var lines = ["device: {id: here}", "uplink: {broker: mqtt://broker}", "sensors:"]
    for place in Self.places where names.contains(place.name) {
      let bus = "i2c-1/mux@0x\(String(place.multiplexer, radix: 16))/\(place.channel)"
      lines.append("  - {id: \(place.name), driver: tmp105, bus: \(bus), address: 0x48, every: 1s}")
    }
    if direct { lines.append("  - {id: direct, driver: tmp105, bus: i2c-1, address: 0x49, every: 1s}") }
    let text = lines.joined(separator: "\n") + "\n"
    let settings = try ConfigurationLoader.load(Array(text.utf8), file: "devices.yaml", environment: { _ in nil })
    let (shared, time) = (shared, time)
    let board = Board(
      i2c: { _ in shared.bus }, sysfs: { SimulatedSysfs() }, gpio: { SimulatedGPIO(time: time.source) },
      adapters: { [] }, gpioChips: { [] })
    let plans = StationPlans(board: board, buses: [], oneWire: OneWireMasters(), tell: { _, _ in })
      .plans(for: settings.sensors)
    return try #require(plans.first)
  }

  private func station(_ plan: Station.Plan) -> Station {
    let (loop, told) = (loop, told)
    let clock = { @Sendable in
      Stamp(boot: BootID(1), uptime: loop.now, wall: WallTime(nanoseconds: 0), synced: false)
    }
    return Station(plan, loop: loop, clock: clock) { observation in
      switch observation {
      case .sampled(let sensor, let sample, _):
        told.values.withLock { $0[sensor] = sample.quantities[0].micros / 1_000_000 }
      case .changed(let sensor, .faultBegan(let error), _):
        told.faults.withLock { $0.append("\(sensor): \(error)") }
      default: break
      }
    }
  }

  private func post(_ station: Station, _ body: @escaping @Sendable (isolated Station) -> Void) {
    station.post(body)
    loop.settle()
  }

  /// The values of all sensors within the next seconds, and whether they are true.
  private func expectTruth(_ names: String, _ comment: Comment) {
    for _ in 1...3 {
      told.values.withLock { $0 = [:] }
      time.advance(by: .seconds(1))
      loop.advance(by: .seconds(1))
      let values = told.values.withLock { $0 }
      let truth = Self.places.filter { names.contains($0.name) }.map { ($0.name, $0.celsius) }
      #expect(values == Dictionary(uniqueKeysWithValues: truth), comment)
    }
  }

  @Test(
    "Each sensor says what its own chip measures, before and after",
    arguments: [
      // New, changed and gone; on the same multiplexer, on another, and one that nothing names any more.
      ("a", "ab", "a"), ("ab", "abc", "ab"), ("ab", "ba", "a"), ("ac", "ab", "a"), ("abcd", "ad", "ad"),
      ("ca", "b", ""), ("abcd", "bcd", "cd"),
    ])
  func change(_ before: String, _ after: String, _ kept: String) throws {
    let station = station(try plan(before))
    post(station) { $0.start() }
    expectTruth(before, "before")
    let new = try plan(after)
    let ids = Set(kept.map(String.init))
    post(station) { $0.change(to: new, keeping: ids, keepsPower: true) }
    expectTruth(after, "after")
    #expect(told.faults.withLock { $0 } == [])
  }

  @Test(
    "When none is behind a multiplexer any more, and at the end, no channel stays connected", arguments: [true, false])
  func disconnected(_ goesOn: Bool) throws {
    let station = station(try plan("ad"))
    post(station) { $0.start() }
    expectTruth("ad", "before")
    #expect(multiplexers.contains { $0.control != 0 })
    let new = try plan("", direct: true)
    post(station) { goesOn ? $0.change(to: new, keeping: [], keepsPower: true) : $0.stop() }
    #expect(multiplexers.allSatisfy { $0.control == 0 })
  }

  @Test("What another process has connected is not taken for the sensor's own channel")
  func another() throws {
    let station = station(try plan("abc"))
    post(station) { $0.start() }
    expectTruth("abc", "before")
    for (index, control) in [(0, 0b10), (0, 0b11), (1, 0b10), (1, 0)] as [(Int, UInt8)] {
      _ = multiplexers[index].write([control])
      expectTruth("abc", "\(index) \(control)")
    }
    #expect(told.faults.withLock { $0 } == [])
  }
}
