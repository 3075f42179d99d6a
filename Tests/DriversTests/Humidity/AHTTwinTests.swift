import Telemetry
import Testing

@testable import Simulation

@Suite("AHT10 and AHT20: the twin")
struct AHTTwinTests {
  private let time = ManualTime()

  private func twin(_ name: String) throws -> SimulatedAHT {
    SimulatedAHT(
      try #require(SimulatedAHT.models[name]), temperature: .constant(25_000_000), humidity: .constant(50_000_000),
      time: time.source)
  }

  @Test("It acknowledges while it measures, says that it is busy, and keeps its result")
  func busy() throws {
    let chip = try twin("aht20")
    #expect(chip.write([0xAC, 0x33, 0x00]))
    time.advance(by: .milliseconds(74))
    #expect(chip.read(1) == [0x98])
    time.advance(by: .milliseconds(1))
    #expect(chip.read(7) == [0x18, 0x80, 0x00, 0x06, 0x00, 0x00, 0x23])
    #expect(chip.read(7) == [0x18, 0x80, 0x00, 0x06, 0x00, 0x00, 0x23])
  }

  @Test("An AHT10 sends no checksum and needs its calibration loaded")
  func calibration() throws {
    let chip = try twin("aht10")
    #expect(chip.read(7) == [0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF])
    #expect(!chip.write([0xBE, 0x08, 0x00]))
    #expect(chip.write([0xE1, 0x08, 0x00]))
    #expect(chip.read(1) == [0x98])
    time.advance(by: .milliseconds(8))
    #expect(chip.read(1) == [0x18])
  }

  @Test("An AHT20 does not acknowledge an initialisation that it does not need")
  func needless() throws { #expect(!(try twin("aht20").write([0xBE, 0x08, 0x00]))) }

  @Test("A reset makes it deaf for a while and forgets calibration and result")
  func reset() throws {
    let chip = try twin("aht10")
    #expect(chip.write([0xE1, 0x08, 0x00]))
    #expect(chip.write([0xAC, 0x33, 0x00]))
    time.advance(by: .milliseconds(75))
    #expect(chip.read(6) == [0x18, 0x80, 0x00, 0x06, 0x00, 0x00])
    #expect(chip.write([0xBA]))
    #expect(chip.read(1) == nil)
    #expect(!chip.write([0xBA]))
    time.advance(by: .milliseconds(15))
    #expect(chip.read(6) == [0x10, 0x00, 0x00, 0x00, 0x00, 0x00])
  }
}
