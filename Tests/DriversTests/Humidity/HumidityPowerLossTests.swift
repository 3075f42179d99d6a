import Drivers
import Telemetry
import Testing

@testable import Simulation

/// A chip that loses its power between two samples comes back as after power-on, which a reset of the twin does too.
@Suite("Humidity chips that lose their power")
struct HumidityPowerLossTests {
  private let time = ManualTime()

  private func bus(_ chip: any SimulatedChip, at address: UInt8) throws -> SimulatedI2CBus {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.attach(chip, at: try #require(I2CAddress(address)))
    return bus
  }

  @Test("An AHT10 without its calibration is a fault until it is started again")
  func aht10() throws {
    let chip = SimulatedAHT(
      try #require(SimulatedAHT.models["aht10"]), temperature: .constant(25_000_000), humidity: .constant(50_000_000),
      time: time.source)
    var sensor = try sensor("aht10", on: bus(chip, at: 0x38), at: 0x38)
    try sensor.start()
    #expect(chip.write([0xBA]))
    time.advance(by: .seconds(1))
    #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
    try sensor.start()
    #expect(try sensor.sample() == climate(25_000_000, 50_000_000))
  }

  @Test("An HDC2010 that no longer tells of its data is a fault until it is started again")
  func hdc2010() throws {
    let chip = SimulatedHDC20xx(
      base: -40_000_000, temperature: .constant(42_500_000), humidity: .constant(50_000_000), time: time.source)
    var sensor = try sensor("hdc2010", on: bus(chip, at: 0x40), at: 0x40)
    try sensor.start()
    #expect(chip.write([0x0E, 0x80]))
    time.advance(by: .seconds(1))
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
    try sensor.start()
    #expect(try sensor.sample() == climate(42_500_000, 50_000_000))
  }

  @Test("An SHTC3 that was not asleep any more goes on")
  func shtc3() throws {
    let chip = SimulatedSHTC(
      try #require(SimulatedSHTC.models["shtc3"]), temperature: .constant(42_500_000),
      humidity: .constant(50_000_000), time: time.source)
    var sensor = try sensor("shtc3", on: bus(chip, at: 0x70), at: 0x70)
    try sensor.start()
    #expect(chip.write([0x35, 0x17]))
    time.advance(by: .seconds(1))
    #expect(try sensor.sample() == climate(42_500_000, 50_000_000))
  }

  @Test("An SHTC3 that an earlier run left asleep is woken by the start")
  func leftAsleep() throws {
    let chip = SimulatedSHTC(
      try #require(SimulatedSHTC.models["shtc3"]), temperature: .constant(42_500_000),
      humidity: .constant(50_000_000), time: time.source)
    #expect(chip.write([0xB0, 0x98]))
    var sensor = try sensor("shtc3", on: bus(chip, at: 0x70), at: 0x70)
    try sensor.start()
    #expect(try sensor.sample() == climate(42_500_000, 50_000_000))
  }
}
