import Drivers
import Sampling
import Simulation
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite("Sensors that are channels of one chip, which hangs")
struct HangingChipTests {
  @Test("One chip that hangs is no stuck bus, however many sensors it is")
  func notStuck() {
    var health = BusHealth(chips: ["ads", "lm75", "sht"])
    let hang = SensorError.bus(BusError(.timeout, "read", code: 110))
    for second in 0..<12 {
      #expect(health.heard(of: "ads", hang, at: Uptime(nanoseconds: Int64(second) * 1_000_000_000)) == nil)
    }
    #expect(!health.isStuck)
    _ = health.heard(of: "lm75", hang, at: Uptime(nanoseconds: 12_000_000_000))
    #expect(
      health.heard(of: "sht", hang, at: Uptime(nanoseconds: 13_000_000_000)) == .stuck(failures: 14, chips: 3))
  }

  @Test("Each is told to be faulty once; then the chip is tried once where each would be")
  func retreat() {
    let bench = Bench([.seconds(1), .seconds(1), .seconds(1)], sharesWires: true, chips: ["ads", "ads", "lm75"])
    for index in 0...1 { bench.scripts[index].hang(.seconds(1)) }
    bench.start()
    bench.loop.advance(by: .seconds(40))
    let told = bench.taken().filter { !$0.contains("°C") }.map { $0.split(separator: " ").dropFirst() }
    #expect(told == [["s0", "fault"], ["s1", "fault"]])
    func tries() -> Int { (0...1).reduce(0) { sum, index in sum + bench.scripts[index].log.count { $0 == "start" } } }
    let before = tries()
    // Each of them would be tried every 51 s.
    bench.loop.advance(by: .seconds(104))
    #expect((1...3).contains(tries() - before), "\(tries() - before)")
    for index in 0...1 { bench.scripts[index].hang(nil) }
    bench.loop.advance(by: .seconds(60))
    let back = bench.taken().filter { $0.contains("back") }
    #expect(back.count == 2, "\(back)")
  }
}

/// A station with the drivers that ship, on simulated chips.
@Suite("A sensor that hangs on a full bus")
struct HangingSensorTests {
  private static let sensors: [(driver: String, address: UInt8)] =
    (UInt8(0x48)...0x4F).map { ("lm75b", $0) } + (UInt8(0x18)...0x1F).map { ("mcp9808", $0) }
    + (UInt8(0x50)...0x5D).map { ("max30205", $0) }

  private let loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))

  private func wirings(_ faults: [ScriptedFault]) throws -> [SimulatedBoard.Wiring] {
    try Self.sensors.enumerated().map { index, sensor in
      var wiring = SimulatedBoard.Wiring(
        sensor: "s\(index)", driver: sensor.driver,
        place: .i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(sensor.address))))
      wiring.temperature = .constant(30_000_000)
      if index == 0 { wiring.faults = faults }
      return wiring
    }
  }

  /// When each sensor was sampled, in milliseconds, and what became of the bus, with the second.
  private func run(
    _ faults: [ScriptedFault], bus: SimulatedBoard.Bus = SimulatedBoard.Bus("i2c-1"), for duration: Duration
  ) throws -> (times: [String: [Int64]], bus: [String]) {
    let loop = loop
    let time = SimulatedTime(now: { loop.now }, pause: { loop.stall(for: $0) })
    let board = SimulatedBoard(try wirings(faults), buses: [bus], time: time)
    let slots = Self.sensors.indices.map { Station.Plan.Slot(id: "s\($0)", interval: .seconds(1)) }
    let plan = Station.Plan(name: "i2c-1", slots: slots, sharesWires: true) { () throws(BusError) in
      let wires = board.i2c("i2c-1")
      var made: [any Sensor] = []
      for (driver, address) in Self.sensors {
        guard case .i2c(_, let make) = Catalog.chip(named: driver)?.attachment, let address = I2CAddress(address) else {
          throw BusError(.unsupported, driver)
        }
        made.append(make(wires, address, DriverOptions()))
      }
      guard let (line, activeLow) = bus.power else { return Station.Equipment(sensors: made) }
      return Station.Equipment(sensors: made) {
        do throws(BusError) {
          return .success(try PowerSwitch(board.gpio(), line, activeLow: activeLow))
        } catch {
          return .failure(error)
        }
      }
    }
    let (times, told) = (Shared<[String: [Int64]]>([:]), Shared<[String]>([]))
    let clock = { @Sendable in
      Stamp(boot: BootID(1), uptime: loop.now, wall: WallTime(nanoseconds: 0), synced: false)
    }
    let station = Station(plan, loop: loop, clock: clock) { observation in
      switch observation {
      case .sampled(let sensor, _, let at):
        times.value.withLock { $0[sensor, default: []].append(at.uptime.nanoseconds / 1_000_000) }
      case .busChanged(_, let change, let at):
        let word = if case .stuck = change { "stuck" } else { "freed" }
        told.value.withLock { $0.append("\(at.uptime.nanoseconds / 1_000_000_000) \(word)") }
      case .powerCycled(_, let failure): told.value.withLock { $0.append("power \(failure == nil)") }
      case .changed: break
      }
    }
    station.post { $0.start() }
    loop.advance(by: duration)
    return (times.value.withLock { $0 }, told.value.withLock { $0 })
  }

  @Test("The other twenty-nine are late by at most the transfer that hangs, which is seldom tried")
  func hangs() throws {
    let begin = Uptime(nanoseconds: 30_500_000_000)
    let (times, bus) = try run([ScriptedFault(.stuck, at: begin, for: .seconds(300))], for: .seconds(420))
    #expect(Self.sensors.count == 30)
    #expect(bus.isEmpty)
    for sensor in 1..<30 {
      // The first seconds are for setting them all up.
      let samples = try #require(times["s\(sensor)"]).filter { $0 >= 10_000 }
      #expect(samples.count >= 408, "\(samples.count)")
      for (sample, next) in zip(samples, samples.dropFirst()) { #expect(next - sample <= 2_000 + 50) }
    }
    // In its slots before, never while it hangs, and back within a fiftieth of its longest hang.
    let hanging = try #require(times["s0"])
    #expect(hanging.count { $0 < 30_500 } >= 25)
    #expect(!hanging.contains { (30_500..<330_500).contains($0) })
    #expect(try #require(hanging.first { $0 >= 330_500 }) <= 330_500 + 52_000)
  }

  @Test("A bus that is stuck for good is cured by its power line, which is seen at once")
  func power() throws {
    var bus = SimulatedBoard.Bus("i2c-1")
    bus.faults = [ScriptedFault(.stuck, at: Uptime(nanoseconds: 30_500_000_000))]
    bus.power = (.name("GPIO27"), false)
    let (times, told) = try run([], bus: bus, for: .seconds(120))
    // Three transfers of a second each from 31 s on, then off for a second.
    #expect(told == ["34 stuck", "power true", "35 freed"])
    for sensor in 0..<30 {
      #expect(try #require(times["s\(sensor)"]).contains { (35_000..<48_000).contains($0) }, "s\(sensor)")
    }
  }

  @Test("A bus that is stuck for a while, without a line, comes back by itself")
  func withoutPower() throws {
    var bus = SimulatedBoard.Bus("i2c-1")
    bus.faults = [ScriptedFault(.stuck, at: Uptime(nanoseconds: 30_500_000_000), for: .seconds(20))]
    let (times, told) = try run([], bus: bus, for: .seconds(150))
    #expect(told.first == "34 stuck", "\(told)")
    #expect(told.count == 2, "\(told)")
    #expect(told.last?.hasSuffix("freed") == true, "\(told)")
    for sensor in 0..<30 {
      let samples = try #require(times["s\(sensor)"])
      #expect(!samples.contains { (30_500..<50_500).contains($0) })
      #expect(samples.contains { $0 >= 50_500 })
    }
  }

  @Test("A slow chip that measures by itself costs nobody anything")
  func slow() throws {
    let begin = Uptime(nanoseconds: 30_500_000_000)
    let (times, _) = try run(
      [ScriptedFault(.slow(by: .milliseconds(800)), at: begin, for: .seconds(60))], for: .seconds(120))
    for sensor in 0..<30 {
      let samples = try #require(times["s\(sensor)"]).filter { $0 >= 10_000 }
      for (sample, next) in zip(samples, samples.dropFirst()) { #expect(next - sample == 1_000) }
    }
  }
}

/// What a closure writes that may run anywhere.
private final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>

  init(_ value: sending Value) { self.value = Mutex(value) }
}
