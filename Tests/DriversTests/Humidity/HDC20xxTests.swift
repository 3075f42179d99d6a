import Telemetry
import Testing

@testable import Drivers
@testable import Simulation

@Suite("HDC2010 and HDC2080")
struct HDC20xxTests {
  typealias Step = ScriptedBus.Step

  private static let start: [Step] = [
    .exchange(write: [0xFC], reply: [0x49, 0x54, 0xD0, 0x07]), .write(0x0E, 0x80), .pause(.milliseconds(5)),
    .write(0x07, 0x80),
  ]
  private static let trigger: [Step] = [.write(0x0F, 0x01), .pause(.milliseconds(3))]
  private static func status(_ byte: UInt8) -> Step { .exchange(write: [0x04], reply: [byte]) }
  private static func data(_ bytes: UInt8...) -> Step { .exchange(write: [0x00], reply: bytes) }

  private func reply(_ temperature: UInt16, _ humidity: UInt16) -> [UInt8] {
    [temperature, humidity].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  @Test(
    "The chip is proven, reset, told to measure, asked whether it has, and read",
    arguments: [("hdc2010", UInt8(0x40), Int64(24_997_000)), ("hdc2080", 0x41, 24_377_000)])
  func exchange(_ driver: String, _ address: UInt8, _ micros: Int64) throws {
    let sample = Self.trigger + [Self.status(0x80), Self.data(0xD8, 0x64, 0x00, 0x80)]
    let bus = try ScriptedBus(address, Self.start + sample + sample)
    var sensor = try sensor(driver, on: bus, at: address)
    try sensor.start()
    #expect(try sensor.sample() == climate(micros, 50_000_000))
    #expect(try sensor.sample() == climate(micros, 50_000_000))
    bus.finish()
  }

  @Test(
    "Other IDs are refused before anything is written",
    arguments: [
      [UInt8(0x49), 0x54, 0xD0, 0x08], [0x49, 0x54, 0x50, 0x10], [0x54, 0x49, 0x07, 0xD0], [0xFF, 0xFF, 0xFF, 0xFF],
      [0, 0, 0, 0], [0x49, 0x54, 0xFF, 0xFF],
    ])
  func wrongChip(_ found: [UInt8]) throws {
    let bus = try ScriptedBus(0x40, [.exchange(write: [0xFC], reply: found)], isSilentThen: true)
    var sensor = try sensor("hdc2080", on: bus, at: 0x40)
    guard case .wrongChip(let expected, found) = failure({ try sensor.start() }) else {
      Issue.record("taken for an HDC2080")
      return
    }
    #expect(expected.contains("49 54 d0 07"))
    bus.finish()
  }

  @Test("A chip that is late by little is waited for, whatever its thresholds say")
  func late() throws {
    let bus = try ScriptedBus(
      0x40,
      Self.trigger + [
        Self.status(0x00), .pause(.milliseconds(1)), Self.status(0x78), .pause(.milliseconds(1)), Self.status(0xF8),
        Self.data(0x44, 0x17, 0x00, 0x40),
      ])
    var sensor = try sensor("hdc2010", on: bus, at: 0x40)
    #expect(try sensor.sample() == climate(-25_005_000, 25_000_000))
    bus.finish()
  }

  @Test("A chip that never has data is given up after ten milliseconds")
  func neverReady() throws {
    let bus = try ScriptedBus(
      0x40, Self.trigger + Step.repeated(10, Self.status(0x00), .pause(.milliseconds(1))) + [Self.status(0x00)])
    var sensor = try sensor("hdc2010", on: bus, at: 0x40)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
    bus.finish()
  }

  @Test("Reserved bits of the status are rubbish, though data seem ready", arguments: [UInt8(0xFF), 0x81, 0x82, 0x84])
  func reservedStatus(_ status: UInt8) throws {
    let bus = try ScriptedBus(0x40, Self.trigger + [Self.status(status)])
    var sensor = try sensor("hdc2010", on: bus, at: 0x40)
    guard case .malformed(_, [status]) = failure({ try sensor.sample() }) else {
      Issue.record("taken")
      return
    }
    bus.finish()
  }

  @Test(
    "The HDC2010's temperature, rounded to the millidegree",
    arguments: [
      (UInt16(0x6666), Int64(25_994_000)), (0x64D8, 24_997_000), (0x8000, 42_500_000), (0x4000, 1_250_000),
      (0x3E10, 1_000), (0x3E0F, -9_000), (0x3E0C, -9_000), (0x3000, -9_062_000), (0x1744, -25_005_000),
      (0x1000, -29_687_000), (0x0004, -39_990_000), (0xFFFE, 124_990_000),
    ])
  func temperature(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try HDC20xx.Variant.hdc2010.decode(reply(raw, 0x8000)).quantities[0].micros == micros)
  }

  @Test(
    "The HDC2080 reads 0.62 °C less",
    arguments: [
      (UInt16(0x6666), Int64(25_374_000)), (0x8000, 41_880_000), (0x3F08, 6_000), (0x3F07, -4_000), (0x3F04, -4_000),
      (0x1744, -25_625_000), (0x00F8, -39_996_000), (0xFFFE, 124_370_000),
    ])
  func offset(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try HDC20xx.Variant.hdc2080.decode(reply(raw, 0x8000)).quantities[0].micros == micros)
  }

  @Test("Below -40 °C is out of range", arguments: [UInt16(0x0004), 0x00F4, 0x00F7])
  func outOfRange(_ raw: UInt16) {
    #expect(failure { try HDC20xx.Variant.hdc2080.decode(reply(raw, 0x8000)) }?.kind == "out of range")
  }

  @Test(
    "The humidity from end to end; its reserved bits do not count, and the end of its scale is suspect",
    arguments: [
      (UInt16(4), Int64(6_000)), (7, 6_000), (0x4000, 25_000_000), (0x8000, 50_000_000), (0xFFFB, 99_988_000),
      (0xFFFC, 99_994_000), (0xFFFF, 99_994_000),
    ])
  func humidity(_ raw: UInt16, _ micros: Int64) throws {
    let sample = try HDC20xx.Variant.hdc2010.decode(reply(0x64D8, raw))
    #expect(sample.quantities[1].micros == micros)
    #expect(sample.quality == (raw >= 0xFFFC ? .suspect : .good))
  }

  @Test("A humidity of zero was not measured", arguments: [UInt16(0), 3])
  func noHumidity(_ raw: UInt16) throws {
    let bytes = reply(0x64D8, raw)
    #expect(try malformedFailure { try HDC20xx.Variant.hdc2080.decode(bytes) }.contains("not measured"))
  }

  @Test(
    "A temperature of zeros or ones is a dead line", arguments: [UInt16(0x0000), 0x0003, 0xFFFF],
    [UInt16(0), 0x8000, 0xFFFF])
  func deadLine(_ temperature: UInt16, _ humidity: UInt16) throws {
    let bytes = reply(temperature, humidity)
    #expect(try malformedFailure { try HDC20xx.Variant.hdc2010.decode(bytes) }.contains("dead line"))
  }

  @Test(
    "A twin of another chip at the same address is refused",
    arguments: [("hdc2010", "hdc1080"), ("hdc2080", "hdc1008"), ("hdc2010", "tmp102")])
  func wrongRelative(_ driver: String, _ twin: String) throws {
    #expect(try startError(of: driver, onTwinOf: twin, at: 0x40)?.kind == "wrong chip")
  }

  private let time = ManualTime()

  private var twin: SimulatedHDC20xx {
    SimulatedHDC20xx(
      base: -40_000_000, temperature: .constant(42_500_000), humidity: .constant(25_000_000), time: time.source)
  }

  private func status(of chip: SimulatedHDC20xx) -> [UInt8]? { chip.write([0x04]) ? chip.read(1) : nil }

  @Test("The twin has data when its time is over, and says so once")
  func ready() {
    let chip = twin
    #expect(chip.write([0x07, 0x80]))
    #expect(chip.write([0x0F, 0x01]))
    time.advance(by: .milliseconds(1))
    #expect(status(of: chip) == [0x00])
    time.advance(by: .milliseconds(1))
    #expect(status(of: chip) == [0x80])
    #expect(status(of: chip) == [0x00])
    #expect(chip.write([0x00]))
    #expect(chip.read(4) == [0x00, 0x80, 0x00, 0x40])
    #expect(chip.write([0x0F]))
    #expect(chip.read(1) == [0x00])
  }

  @Test("Giving the data makes them old")
  func old() {
    let chip = twin
    #expect(chip.write([0x07, 0x80]))
    #expect(chip.write([0x0F, 0x01]))
    time.advance(by: .milliseconds(2))
    #expect(chip.write([0x00]))
    #expect(chip.read(4) == [0x00, 0x80, 0x00, 0x40])
    #expect(status(of: chip) == [0x00])
  }

  @Test("A reset makes the twin deaf for a while and forgets everything")
  func reset() {
    let chip = twin
    #expect(chip.write([0x07, 0x80]))
    #expect(chip.write([0x0F, 0x01]))
    time.advance(by: .milliseconds(2))
    #expect(chip.write([0x0E, 0x80]))
    #expect(!chip.write([0x07]))
    #expect(chip.read(1) == nil)
    time.advance(by: .milliseconds(3))
    #expect(chip.write([0x07]))
    #expect(chip.read(1) == [0x00])
    #expect(chip.write([0x00]))
    #expect(chip.read(4) == [0, 0, 0, 0])
  }
}
