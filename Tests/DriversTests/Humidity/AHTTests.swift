import Telemetry
import Testing

@testable import Drivers

@Suite("AHT10 and AHT20: bytes")
struct AHTDecodeTests {
  private func bytes(_ temperature: UInt64, _ humidity: UInt64, status: UInt8 = 0x18) -> [UInt8] {
    let bits = humidity << 20 | temperature
    let shifts: [UInt64] = [32, 24, 16, 8, 0]
    return [status] + shifts.map { UInt8(truncatingIfNeeded: bits >> $0) }
  }

  private func decode10(_ bytes: [UInt8]) throws -> [Quantity] { try AHT.Variant.aht10.decode(bytes).quantities }

  private func decode20(_ bytes: [UInt8]) throws -> [Quantity] {
    try AHT.Variant.aht20.decode(bytes + [CRC8.sensirion(bytes)]).quantities
  }

  @Test(
    "The temperature, rounded to the millidegree",
    arguments: [
      (UInt64(0x60000), Int64(25_000_000)), (0x60003, 25_001_000), (0x5FFFD, 24_999_000), (0x5999A, 20_000_000),
      (0x40000, 0), (0x40002, 0), (0x40003, 1_000), (0x3FFFD, -1_000), (0x33333, -10_000_000),
      (0x20000, -25_000_000), (0x1FFFD, -25_001_000), (0x0CCCC, -40_000_000), (0xACCCC, 85_000_000),
    ])
  func temperature(_ raw: UInt64, _ micros: Int64) throws {
    #expect(try decode10(bytes(raw, 0x80000))[0].micros == micros)
    #expect(try decode20(bytes(raw, 0x80000))[0].micros == micros)
  }

  @Test(
    "The humidity, from end to end",
    arguments: [
      (UInt64(0), Int64(0)), (5, 0), (6, 1_000), (0x73333, 45_000_000), (0x80000, 50_000_000),
      (0xFFFFA, 99_999_000), (0xFFFFB, 100_000_000), (0xFFFFF, 100_000_000),
    ])
  func humidity(_ raw: UInt64, _ micros: Int64) throws {
    #expect(try decode10(bytes(0x60000, raw))[1].micros == micros)
    #expect(try decode20(bytes(0x60000, raw))[1].micros == micros)
  }

  @Test(
    "A humidity of all zeros or all ones beside a right temperature is suspect",
    arguments: [(UInt64(0), Quality.suspect), (1, .good), (0x80000, .good), (0xFFFFE, .good), (0xFFFFF, .suspect)])
  func ends(_ raw: UInt64, _ quality: Quality) throws {
    let reply = bytes(0x60000, raw)
    #expect(try AHT.Variant.aht10.decode(reply).quality == quality)
    #expect(try AHT.Variant.aht20.decode(reply + [CRC8.sensirion(reply)]).quality == quality)
  }

  @Test("Beyond -40 and 85 °C is out of an AHT10's range", arguments: [UInt64(0), 0x0CCC9, 0xACCD2, 0xFFFFF])
  func outOfRange10(_ raw: UInt64) {
    #expect(failure { try decode10(bytes(raw, 0x80000)) }?.kind == "out of range")
  }

  @Test("Beyond -40 and 120 °C is out of an AHT21's range", arguments: [UInt64(0), 0x0CCC9, 0xD999F, 0xFFFFF])
  func outOfRange20(_ raw: UInt64) {
    #expect(failure { try decode20(bytes(raw, 0x80000)) }?.kind == "out of range")
  }

  @Test("Every turned bit of an AHT20's reply is found", arguments: 0..<56)
  func everyBit(_ bit: Int) {
    var reply: [UInt8] = [0x18, 0x80, 0x00, 0x06, 0x00, 0x00, 0x23]
    reply[bit / 8] ^= 1 << UInt8(bit % 8)
    #expect(failure { try AHT.Variant.aht20.decode(reply) }?.kind == "checksum")
  }

  @Test("A checksum error carries what came, what was computed and the bytes")
  func evidence() {
    let bytes: [UInt8] = [0x18, 0x80, 0x00, 0x06, 0x00, 0x00]
    #expect(
      failure { try AHT.Variant.aht20.decode(bytes + [0xFF]) }
        == .checksum(received: 0xFF, computed: 0x23, bytes: bytes))
  }

  @Test("A chip without its calibration gives no reading", arguments: [UInt8(0x10), 0x00, 0x70])
  func uncalibrated(_ status: UInt8) {
    #expect(failure { try decode10(bytes(0x60000, 0x80000, status: status)) }?.kind == "malformed")
    #expect(failure { try decode20(bytes(0x60000, 0x80000, status: status)) }?.kind == "malformed")
  }

  @Test("Nothing but zeros is a shorted line")
  func zeros() throws {
    #expect(try malformedFailure { try decode10(Array(repeating: 0, count: 6)) }.contains("shorted"))
    #expect(
      try malformedFailure { try AHT.Variant.aht20.decode(Array(repeating: 0, count: 7)) }.contains("shorted"))
  }

  @Test("A line that dies behind the status gives no temperature", arguments: [UInt8(0x00), 0xFF])
  func deadBehindStatus(_ byte: UInt8) {
    #expect(failure { try decode10([0x18] + Array(repeating: byte, count: 5)) }?.kind == "out of range")
  }
}

@Suite("AHT10 and AHT20: the exchange")
struct AHTExchangeTests {
  typealias Step = ScriptedBus.Step

  private static let reset: [Step] = [.write(0xBA), .pause(.milliseconds(20))]
  private static let measure: [Step] = [.write(0xAC, 0x33, 0x00), .pause(.milliseconds(80))]
  private static let answer10 = Step.read(0x18, 0x80, 0x00, 0x06, 0x00, 0x00)
  private static let answer20 = Step.read(0x18, 0x73, 0x33, 0x33, 0x33, 0x33, 0xFE)

  @Test("An AHT10 without calibration is initialised, and its first measurement thrown away")
  func aht10() throws {
    let initialised: [Step] = [
      .read(0x10), .write(0xE1, 0x08, 0x00), .pause(.milliseconds(10)), .read(0x18),
    ]
    let first: [Step] = Self.measure + [.read(0x18, 0x00, 0x00, 0x05, 0x99, 0x9A)]
    let bus = try ScriptedBus(0x39, Self.reset + initialised + first + Self.measure + [Self.answer10])
    var sensor = try sensor("aht10", on: bus, at: 0x39)
    try sensor.start()
    #expect(try sensor.sample() == climate(25_000_000, 50_000_000))
    bus.finish()
  }

  @Test("An AHT20 that has its calibration is not initialised")
  func aht20() throws {
    let measured: [Step] = Self.measure + [Self.answer20]
    let begun: [Step] = Self.reset + [.read(0x1C)]
    let bus = try ScriptedBus(0x38, begun + measured + measured)
    var sensor = try sensor("aht20", on: bus, at: 0x38)
    try sensor.start()
    #expect(try sensor.sample() == climate(-10_000_000, 45_000_000))
    bus.finish()
  }

  @Test("An AHT20 without calibration gets its own command")
  func initialise20() throws {
    let initialised: [Step] = [
      .read(0x10), .write(0xBE, 0x08, 0x00), .pause(.milliseconds(10)), .read(0x98), .pause(.milliseconds(10)),
      .read(0x18),
    ]
    let bus = try ScriptedBus(0x38, Self.reset + initialised + Self.measure + [Self.answer20])
    var sensor = try sensor("aht20", on: bus, at: 0x38)
    try sensor.start()
    bus.finish()
  }

  @Test(
    "A chip that takes no calibration is the wrong one",
    arguments: [("aht10", UInt8(0xE1), UInt8(0x10)), ("aht20", 0xBE, 0x10), ("aht10", 0xE1, 0x00)])
  func wrongChip(_ driver: String, _ initialise: UInt8, _ status: UInt8) throws {
    let bus = try ScriptedBus(
      0x38,
      Self.reset + [.read(status), .write(initialise, 0x08, 0x00), .pause(.milliseconds(10)), .read(status)])
    var sensor = try sensor(driver, on: bus, at: 0x38)
    guard case .wrongChip(_, [status]) = failure({ try sensor.start() }) else {
      Issue.record("taken")
      return
    }
    bus.finish()
  }

  @Test("A chip that is busy a little longer is waited for")
  func late() throws {
    let busy: [Step] = [.read(0x98, 0x80, 0x00, 0x06, 0x00, 0x00), .pause(.milliseconds(10))]
    let bus = try ScriptedBus(0x38, Self.measure + busy + busy + [Self.answer10])
    var sensor = try sensor("aht10", on: bus, at: 0x38)
    #expect(try sensor.sample() == climate(25_000_000, 50_000_000))
    bus.finish()
  }

  @Test("A chip that stays busy is given up after a tenth of a second")
  func neverReady() throws {
    let busy = Step.read(0x98, 0x80, 0x00, 0x06, 0x00, 0x00)
    let bus = try ScriptedBus(
      0x38, Self.measure + Step.repeated(10, busy, .pause(.milliseconds(10))) + [busy])
    var sensor = try sensor("aht10", on: bus, at: 0x38)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(100)))
    bus.finish()
  }

  @Test("Ones for ever are an open line, not a busy chip")
  func ones() throws {
    let ones = Step.read(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
    let bus = try ScriptedBus(
      0x38, Self.measure + Step.repeated(10, ones, .pause(.milliseconds(10))) + [ones])
    var sensor = try sensor("aht10", on: bus, at: 0x38)
    #expect(try malformedFailure { try sensor.sample() }.contains("open data line"))
    bus.finish()
  }

  @Test("An AHT10, which has no checksum, is not taken for an AHT20")
  func wrongRelative() throws {
    let bus = try ScriptedBus(
      0x38, Self.reset + [.read(0x18)] + Self.measure + [.read(0x18, 0x80, 0x00, 0x06, 0x00, 0x00, 0xFF)])
    var sensor = try sensor("aht20", on: bus, at: 0x38)
    #expect(failure { try sensor.start() }?.kind == "checksum")
    bus.finish()
  }

  @Test("An AHT10's twin does not know an AHT20's first command")
  func wrongTwin() throws {
    #expect(try startError(of: "aht20", onTwinOf: "aht10", at: 0x38)?.kind == "bus")
  }
}
