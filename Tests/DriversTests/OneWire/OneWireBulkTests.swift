import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("One conversion for a whole 1-Wire bus")
struct OneWireBulkTests {
  private static let trigger = "/sys/bus/w1/devices/w1_bus_master1/therm_bulk_read"
  private static let names = ["28-0000000000a1", "28-0000000000a2", "28-0000000000a3"]

  private let time = ManualTime()
  private let masters = OneWireMasters()
  private let kernel: SimulatedSysfs

  init() throws {
    let temperature = Curve.ramp(
      from: 0, to: 100_000_000, start: Uptime(nanoseconds: 0), length: .seconds(1_600))
    let wirings = Self.names.map { name in
      var wiring = SimulatedBoard.Wiring(
        sensor: name, driver: "ds18b20", place: .sysfs, options: DriverOptions(["device": .text(name)]))
      wiring.temperature = temperature
      wiring.faults = [ScriptedFault(.disconnected, at: Uptime(nanoseconds: 500_000_000_000), for: .seconds(10))]
      return wiring
    }
    kernel = SimulatedBoard(wirings, time: time.source).sysfs()
  }

  private func sensors(_ masters: OneWireMasters? = nil) throws -> [any Sensor] {
    let sysfs = OneWireBulk(kernel, masters: masters ?? self.masters)
    return try Self.names.map { name in
      var sensor = try sensor("ds18b20", on: sysfs, ["device": .text(name)])
      try sensor.start()
      return sensor
    }
  }

  /// How long it took, and in sixteenths of a degree, which is seconds on the ramp, how old each value is at most.
  private func round(_ sensors: inout [any Sensor]) throws -> (took: Duration, ages: [Int64]) {
    let begin = time.now
    var ages: [Int64] = []
    for index in sensors.indices {
      let micros = try #require(try sensors[index].sample().quantities.first).micros
      ages.append(time.now.nanoseconds / 1_000_000_000 - micros / 62_500)
    }
    return (time.now - begin, ages)
  }

  @Test("Once they are known, all take as long as one; every value is of now")
  func together() throws {
    var sensors = try sensors()
    #expect(try round(&sensors).took == .milliseconds(750 * 3))
    for _ in 0..<5 {
      time.advance(by: .seconds(10))
      let (took, ages) = try round(&sensors)
      #expect(took == .milliseconds(750), "\(took) \(ages)")
      #expect(ages.allSatisfy { $0 <= 2 }, "\(took) \(ages)")
    }
  }

  @Test("A value that waited is not taken: one that is read seldom converts anew")
  func seldom() throws {
    var sensors = try sensors()
    _ = try round(&sensors)
    for _ in 0..<5 {
      time.advance(by: .seconds(10))
      _ = try sensors[0].sample()
    }
    time.advance(by: .seconds(60))
    let (_, ages) = try round(&sensors)
    #expect(ages.allSatisfy { $0 <= 2 }, "\(ages)")
  }

  @Test("A trigger that nobody answered counts for nothing, although the kernel holds old values ready")
  func nobody() throws {
    var sensors = try sensors()
    _ = try round(&sensors)
    time.advance(by: .seconds(100))
    try #require(kernel.oneWire).isDeaf = true
    let (took, ages) = try round(&sensors)
    // A result that is thrown away costs nothing. The sensors' own conversions cost time.
    #expect(took == .milliseconds(750 * 3), "\(took) \(ages)")
    #expect(ages.allSatisfy { $0 <= 3 }, "\(took) \(ages)")
    // Without the trigger it is seen that the kernel would have given them.
    for name in Self.names { _ = try kernel.read("/sys/bus/w1/devices/\(name)/temperature") }
    time.advance(by: .seconds(100))
    try kernel.write(Array("trigger\n".utf8), to: Self.trigger)
    let old = String(decoding: try kernel.read("/sys/bus/w1/devices/\(Self.names[0])/temperature"), as: UTF8.self)
    #expect(time.now.nanoseconds / 1_000_000_000 - (Int64(old.dropLast()) ?? 0) / 62 > 90)
  }

  @Test("Gone and back: a fault each, no old value, and then as before")
  func replugged() throws {
    var sensors = try sensors()
    _ = try round(&sensors)
    time.advance(by: .seconds(505) - (time.now - Uptime(nanoseconds: 0)))
    for index in sensors.indices { #expect(throws: SensorError.self) { try sensors[index].sample() } }
    time.advance(by: .seconds(10))
    // A sensor that is back shows 85 °C until it has converted, and that is refused the first time.
    for index in sensors.indices { _ = try? sensors[index].sample() }
    time.advance(by: .seconds(10))
    let (_, ages) = try round(&sensors)
    #expect(ages.allSatisfy { $0 <= 2 }, "\(ages)")
  }

  @Test("Where it is not permitted, or a device has no power of its own, each converts for itself")
  func notPermitted() throws {
    kernel.onWrite(Self.trigger) { _ in .failure(BusError(.denied, "open", code: 13)) }
    var sensors = try sensors()
    for _ in 0..<3 {
      let (took, ages) = try round(&sensors)
      #expect(took == .milliseconds(750 * 3))
      #expect(ages.allSatisfy { $0 <= 1 })
      time.advance(by: .seconds(10))
    }
  }

  @Test("A trigger that fails for once is made again a minute later, and not before")
  func failsOnce() throws {
    let failures = Failures(1)
    let (kernel, trigger) = (kernel, Self.trigger)
    let honest = try #require(kernel.oneWire)
    kernel.onWrite(trigger) { bytes in
      if failures.left > 0 {
        failures.left -= 1
        return .failure(BusError(.failed, "write", code: 5))
      }
      honest.convertAll()
      return .success(())
    }
    var sensors = try sensors()
    for (seconds, converts) in [(0, 3), (10, 3), (60, 1), (10, 1)] as [(Int64, Int64)] {
      time.advance(by: .seconds(seconds))
      let (took, ages) = try round(&sensors)
      #expect(took == .milliseconds(750 * converts), "\(took) \(ages)")
      #expect(ages.allSatisfy { $0 <= 2 }, "\(took) \(ages)")
    }
  }

  private final class Failures {
    var left: Int
    init(_ left: Int) { self.left = left }
  }

  @Test("A device that could not be asked for its power is asked again; until then each converts for itself")
  func unknownPower() throws {
    let path = "/sys/bus/w1/devices/\(Self.names[1])/ext_power"
    kernel.set(path, text: "-19\n")
    var sensors = try sensors()
    for _ in 0..<2 { #expect(try round(&sensors).took == .milliseconds(750 * 3)) }
    kernel.set(path, text: "1\n")
    _ = try round(&sensors)
    time.advance(by: .seconds(10))
    #expect(try round(&sensors).took == .milliseconds(750))
  }

  @Test("A device that takes its power from the data line rules it out")
  func parasite() throws {
    kernel.set("/sys/bus/w1/devices/\(Self.names[1])/ext_power", text: "0\n")
    var sensors = try sensors()
    for _ in 0..<3 { #expect(try round(&sensors).took == .milliseconds(750 * 3)) }
  }

  @Test("New sensors after a change of the settings know what the kernel holds ready")
  func changed() throws {
    var sensors = try sensors()
    _ = try round(&sensors)
    time.advance(by: .seconds(10))
    _ = try sensors[0].sample()
    time.advance(by: .seconds(100))
    var others = try self.sensors()
    let (_, ages) = try round(&others)
    #expect(ages.allSatisfy { $0 <= 2 }, "\(ages)")
  }
}
