import Drivers
import Telemetry
import Testing

@testable import Simulation

/// A thermometer that loses its power between two samples answers as before, but not what it is asked.
@Suite("Thermometers with registers that lose their power")
struct RegisterPowerLossTests {
  private let time = ManualTime()

  private func twin(_ driver: String, temperature: Int64) throws -> SimulatedRegisters {
    SimulatedRegisters(
      try #require(SimulatedRegisters.models[driver]), temperature: .constant(temperature), time: time.source)
  }

  private func bus(_ chip: any SimulatedChip, at address: UInt8) throws -> SimulatedI2CBus {
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.attach(chip, at: try #require(I2CAddress(address)))
    return bus
  }

  @Test(
    "Settings that are gone are a fault until it is started again",
    arguments: [("stts22h", 0x38), ("adt7410", 0x48), ("adt7420", 0x48)] as [(String, UInt8)])
  func settings(_ driver: String, _ address: UInt8) throws {
    let chip = try twin(driver, temperature: 21_500_000)
    var sensor = try sensor(driver, on: bus(chip, at: address), at: address)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
    chip.losePower()
    for _ in 1...3 {
      time.advance(by: .seconds(1))
      #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
    }
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
  }

  @Test("A thermocouple of type J is never read as one of type K", arguments: ["mcp9600", "mcp9601"])
  func thermocouple(_ driver: String) throws {
    let chip = try twin(driver, temperature: 300_000_000)
    guard case .i2c(_, let make) = try #require(Catalog.chip(named: driver)).attachment else { return }
    var sensor = make(
      try bus(chip, at: 0x60), try #require(I2CAddress(0x60)), DriverOptions(["thermocouple": .text("J")]))
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 300_000_000))
    chip.losePower()
    time.advance(by: .milliseconds(10))
    #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
    time.advance(by: .seconds(1))
    #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 300_000_000))
  }

  @Test("A thermocouple of type K, the one after power-on, has no reading before its first conversion")
  func thermocoupleK() throws {
    let chip = try twin("mcp9600", temperature: 300_000_000)
    var sensor = try sensor("mcp9600", on: bus(chip, at: 0x60), at: 0x60)
    try sensor.start()
    chip.losePower()
    time.advance(by: .milliseconds(10))
    #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
  }

  @Test(
    "The zero of power-on is no temperature: a conversion later there is one",
    arguments: [("mcp9808", 0x18), ("as6212", 0x48), ("as6221", 0x48), ("max30205", 0x48)] as [(String, UInt8)])
  func zero(_ driver: String, _ address: UInt8) throws {
    let chip = try twin(driver, temperature: 21_500_000)
    var sensor = try sensor(driver, on: bus(chip, at: address), at: address)
    try sensor.start()
    chip.losePower()
    time.advance(by: .milliseconds(10))
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
  }

  @Test("Before its first conversion a TMP117 says so", arguments: ["tmp117", "tmp116"])
  func tmp117(_ driver: String) throws {
    let chip = try twin(driver, temperature: 21_500_000)
    var sensor = try sensor(driver, on: bus(chip, at: 0x48), at: 0x48)
    try sensor.start()
    chip.losePower()
    guard case .powerOnValue = failure({ try sensor.sample() }) else {
      Issue.record("-256 °C was believed")
      return
    }
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
  }

  @Test("A DS1621 or DS1631 is idle afterwards: a fault until it is started again", arguments: ["ds1621", "ds1631"])
  func idle(_ driver: String) throws {
    let chip = SimulatedDS16xx(
      try #require(SimulatedDS16xx.models[driver]), temperature: .constant(21_500_000), time: time.source)
    var sensor = try sensor(driver, on: bus(chip, at: 0x48), at: 0x48)
    try sensor.start()
    chip.losePower()
    for _ in 1...3 {
      time.advance(by: .seconds(1))
      guard case .powerOnValue = failure({ try sensor.sample() }) else {
        Issue.record("-60 °C was believed")
        return
      }
    }
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
  }
}
