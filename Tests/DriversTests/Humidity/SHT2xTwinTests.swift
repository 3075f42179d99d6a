import Drivers
import Telemetry
import Testing

@testable import Simulation

@Suite("SHT2x family: the twin")
struct SHT2xTwinTests {
  private let time = ManualTime()

  private func twin(_ name: String) throws -> SimulatedSHT2x {
    let model = try #require(SimulatedSHT2x.models[name])
    return SimulatedSHT2x(
      model, temperature: .constant(41_010_000), humidity: .constant(56_500_000), time: time.source)
  }

  @Test("It does not acknowledge while it measures, and gives each result once")
  func busy() throws {
    let chip = try twin("sht2x")
    #expect(chip.read(3) == nil)
    #expect(chip.write([0xF3]))
    time.advance(by: .milliseconds(65))
    #expect(chip.read(3) == nil)
    #expect(!chip.write([0xF5]))
    time.advance(by: .milliseconds(1))
    #expect(chip.read(3) == [0x80, 0x00, 0x23])
    #expect(chip.read(3) == nil)
  }

  @Test("A humidity has twelve bits and says what it is")
  func humidity() throws {
    let chip = try twin("htu21d")
    #expect(chip.write([0xF5]))
    time.advance(by: .milliseconds(14))
    #expect(chip.read(3) == [0x80, 0x02, 0x41])
  }

  @Test("A reset takes 15 ms and leaves the heater on")
  func reset() throws {
    let chip = try twin("si70xx")
    #expect(chip.write([0xE6, 0xBF]))
    #expect(chip.write([0xE7]))
    #expect(chip.read(1) == [0xBF])
    #expect(chip.write([0xFE]))
    time.advance(by: .milliseconds(14))
    #expect(!chip.write([0xE7]))
    time.advance(by: .milliseconds(1))
    #expect(chip.write([0xE7]))
    #expect(chip.read(1) == [0x3E])
  }

  @Test("Reserved bits and the supply's bit cannot be written")
  func reserved() throws {
    let chip = try twin("si70xx")
    #expect(chip.write([0xE6, 0x42]))
    #expect(chip.write([0xE7]))
    #expect(chip.read(1) == [0x3A])
  }

  @Test("The driver switches a heater off that it finds on")
  func heater() throws {
    let chip = try twin("sht2x")
    #expect(chip.write([0xE6, 0x06]))
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.attach(chip, at: try #require(I2CAddress(0x40)))
    var sensor = try sensor("sht2x", on: bus, at: 0x40)
    try sensor.start()
    #expect(chip.write([0xE7]))
    #expect(chip.read(1) == [0x02])
    #expect(try sensor.sample().quantities[0].micros == 41_010_000)
  }
}
