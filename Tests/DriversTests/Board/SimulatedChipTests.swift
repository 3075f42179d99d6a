import Drivers
import Telemetry
import Testing

@testable import Simulation

@Suite("Simulated chips")
struct SimulatedChipTests {
  private func lm75(_ name: String, _ time: ManualTime, _ curve: Curve) throws -> SimulatedLM75 {
    try #require(SimulatedLM75(named: name, temperature: curve, time: time.source))
  }

  private func word(_ chip: SimulatedLM75, at register: UInt8) -> UInt16? {
    guard chip.write([register]), let bytes = chip.read(2) else { return nil }
    return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
  }

  @Test("A TMP102 shows 0 °C until its first conversion is over")
  func beforeTheFirstConversion() throws {
    let time = ManualTime()
    let chip = try lm75("tmp102", time, .constant(25_000_000))
    time.advance(by: .milliseconds(25))
    #expect(word(chip, at: 0) == 0x0000)
    time.advance(by: .milliseconds(1))
    #expect(word(chip, at: 0) == 0x1900)
  }

  @Test(
    "The registers after power-on are the datasheet's",
    arguments: [
      ("lm75", UInt16(0x00FF)), ("tmp105", 0x00FF), ("tmp102", 0x60A0), ("tmp112", 0x60A0), ("as6200", 0x40A0),
    ])
  func powerOn(_ name: String, _ configuration: UInt16) throws {
    let chip = try lm75(name, ManualTime(), .constant(0))
    #expect(word(chip, at: 1) == configuration)
    #expect(word(chip, at: 2) == 0x4B00)
    #expect(word(chip, at: 3) == 0x5000)
  }

  @Test("A TMP75 has nine bits after power-on and as many as it is told to have")
  func resolution() throws {
    let time = ManualTime()
    let chip = try lm75("tmp75", time, .constant(-10_062_500))
    for (configuration, raw) in [(UInt8(0x00), UInt16(0xF580)), (0x20, 0xF5C0), (0x40, 0xF5E0), (0x60, 0xF5F0)] {
      #expect(chip.write([1, configuration]))
      time.advance(by: .seconds(1))
      #expect(word(chip, at: 0) == raw)
    }
  }

  @Test("A chip that is shut down keeps its last value")
  func shutDown() throws {
    let time = ManualTime()
    let chip = try lm75("lm75b", time, .ramp(from: 0, to: 100_000_000, start: time.now, length: .seconds(100)))
    time.advance(by: .seconds(10))
    #expect(chip.write([1, 0x01]))
    time.advance(by: .seconds(10))
    #expect(word(chip, at: 0) == 0x0A00)
    #expect(chip.write([1, 0x00]))
    #expect(word(chip, at: 0) == 0x0A00)
    time.advance(by: .milliseconds(100))
    #expect(word(chip, at: 0) == 0x1400)
  }

  @Test("Extended mode reaches 150 °C and marks its words")
  func extended() throws {
    let time = ManualTime()
    let chip = try lm75("tmp102", time, .constant(150_000_000))
    time.advance(by: .seconds(1))
    #expect(word(chip, at: 0) == 0x7FF0)
    #expect(chip.write([1, 0x60, 0xB0]))
    time.advance(by: .seconds(1))
    #expect(word(chip, at: 0) == 0x4B01)
  }

  @Test("Fixed bits of the configuration cannot be written")
  func fixedBits() throws {
    let chip = try lm75("tmp102", ManualTime(), .constant(0))
    #expect(chip.write([1, 0x00, 0x0F]))
    #expect(word(chip, at: 1) == 0x6020)
  }

  private func sht(_ name: String, _ time: ManualTime) throws -> SimulatedSHT {
    try #require(
      SimulatedSHT(named: name, temperature: .constant(25_000_000), humidity: .constant(50_000_000), time: time.source))
  }

  @Test("An SHT3x does not acknowledge while it measures, and gives each result once")
  func busy() throws {
    let time = ManualTime()
    let chip = try sht("sht3x", time)
    #expect(chip.read(6) == nil)
    #expect(chip.write([0x24, 0x00]))
    time.advance(by: .milliseconds(12))
    #expect(chip.read(6) == nil)
    #expect(!chip.write([0x24, 0x00]))
    time.advance(by: .milliseconds(1))
    #expect(chip.read(6) == [0x66, 0x66, 0x93, 0x80, 0x00, 0xA2])
    #expect(chip.read(6) == nil)
  }

  @Test("An unknown command is noted in the SHT3x's status, which a reset clears")
  func unknownCommand() throws {
    let time = ManualTime()
    let chip = try sht("sht3x", time)
    #expect(chip.write([0x12, 0x34]))
    #expect(chip.read(6) == nil)
    #expect(chip.write([0x30, 0xA2]))
    #expect(!chip.write([0xF3, 0x2D]))
    time.advance(by: .milliseconds(1))
    #expect(chip.write([0xF3, 0x2D]))
    #expect(chip.read(3)?.prefix(2) == [0x80, 0x10])
  }

  @Test("An SHT4x does not understand an SHT3x's commands")
  func otherGeneration() throws {
    let chip = try sht("sht4x", ManualTime())
    #expect(chip.write([0xF3, 0x2D]))
    #expect(chip.read(3) == nil)
  }

  @Test(
    "An SHT3x is not taken for an SHT4x, nor the other way round", arguments: [("sht3x", "sht4x"), ("sht4x", "sht3x")])
  func wrongDriver(_ driver: String, _ twin: String) throws {
    let time = ManualTime()
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.attach(try sht(twin, time), at: try #require(I2CAddress(0x44)))
    var sensor = try sensor(driver, on: bus, at: 0x44)
    #expect(throws: SensorError.self) { try sensor.start() }
  }

  @Test(
    "A relative that its driver can tell apart is refused",
    arguments: [("tmp102", "lm75"), ("tmp102", "tmp75"), ("tmp112", "tmp105"), ("lm75", "tmp102"), ("tmp75", "lm75b")])
  func wrongRelative(_ driver: String, _ twin: String) throws {
    let time = ManualTime()
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    bus.attach(try lm75(twin, time, .constant(25_000_000)), at: try #require(I2CAddress(0x48)))
    var sensor = try sensor(driver, on: bus, at: 0x48)
    guard case .wrongChip = failure({ try sensor.start() }) else {
      Issue.record("\(twin) was taken for a \(driver)")
      return
    }
  }
}
