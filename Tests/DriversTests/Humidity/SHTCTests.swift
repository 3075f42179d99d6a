import Telemetry
import Testing

@testable import Drivers
@testable import Simulation

@Suite("SHTC1 and SHTC3")
struct SHTCTests {
  typealias Step = ScriptedBus.Step

  private static let shtc3Start: [Step] = [
    .write(0x35, 0x17), .pause(.milliseconds(1)), .write(0x80, 0x5D), .pause(.milliseconds(1)),
    .exchange(write: [0xEF, 0xC8], reply: [0x08, 0x87, 0x5B]), .write(0xB0, 0x98),
  ]
  private static let shtc1Start: [Step] = [
    .write(0x80, 0x5D), .pause(.milliseconds(1)), .exchange(write: [0xEF, 0xC8], reply: [0x00, 0xC7, 0x51]),
  ]
  private static let answer = Step.read(0x66, 0x66, 0x93, 0x80, 0x00, 0xA2)
  private static let shtc3Sample: [Step] = [
    .write(0x35, 0x17), .pause(.milliseconds(1)), .write(0x78, 0x66), .pause(.milliseconds(13)), answer,
    .write(0xB0, 0x98),
  ]
  private static let busy = Step.failure(write: [], read: 6, .noAcknowledge)

  private func reply(_ temperature: UInt16, _ humidity: UInt16) -> [UInt8] {
    [temperature, humidity].flatMap { word in
      let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
      return bytes + [CRC8.sensirion(bytes)]
    }
  }

  @Test("An SHTC3 is woken, reset, proven and put to sleep, and again for every sample")
  func shtc3() throws {
    let bus = try ScriptedBus(0x70, Self.shtc3Start + Self.shtc3Sample + Self.shtc3Sample)
    var sensor = try sensor("shtc3", on: bus, at: 0x70)
    try sensor.start()
    #expect(try sensor.sample() == climate(24_999_000, 50_000_000))
    #expect(try sensor.sample() == climate(24_999_000, 50_000_000))
    bus.finish()
  }

  @Test("An SHTC1 knows no sleep")
  func shtc1() throws {
    let bus = try ScriptedBus(
      0x70, Self.shtc1Start + [.write(0x78, 0x66), .pause(.milliseconds(15)), Self.answer])
    var sensor = try sensor("shtc1", on: bus, at: 0x70)
    try sensor.start()
    #expect(try sensor.sample() == climate(24_999_000, 50_000_000))
    bus.finish()
  }

  @Test(
    "An ID with a wrong bit is no SHTC3",
    arguments: [UInt16(0x00C7), 0x0827, 0x0806, 0x0007, 0xFFFF, 0xF7FF, 0x0000])
  func noSHTC3(_ word: UInt16) throws {
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    let reply = bytes + [CRC8.sensirion(bytes)]
    let steps = Self.shtc3Start.dropLast(2) + [.exchange(write: [0xEF, 0xC8], reply: reply)]
    let bus = try ScriptedBus(0x70, Array(steps))
    var sensor = try sensor("shtc3", on: bus, at: 0x70)
    guard case .wrongChip(_, reply) = failure({ try sensor.start() }) else {
      Issue.record("taken for an SHTC3")
      return
    }
    bus.finish()
  }

  @Test("An ID with a wrong bit is no SHTC1", arguments: [UInt16(0x0006), 0x0027, 0x0017, 0xFFFF, 0x0000])
  func noSHTC1(_ word: UInt16) throws {
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    let reply = bytes + [CRC8.sensirion(bytes)]
    let bus = try ScriptedBus(0x70, Self.shtc1Start.dropLast() + [.exchange(write: [0xEF, 0xC8], reply: reply)])
    var sensor = try sensor("shtc1", on: bus, at: 0x70)
    #expect(failure { try sensor.start() }?.kind == "wrong chip")
    bus.finish()
  }

  @Test("Every turned bit of the ID is found", arguments: 0..<24)
  func identityChecksum(_ bit: Int) throws {
    var reply: [UInt8] = [0x08, 0x87, 0x5B]
    reply[bit / 8] ^= 1 << UInt8(bit % 8)
    let steps = Self.shtc3Start.dropLast(2) + [.exchange(write: [0xEF, 0xC8], reply: reply)]
    let bus = try ScriptedBus(0x70, Array(steps))
    var sensor = try sensor("shtc3", on: bus, at: 0x70)
    #expect(failure { try sensor.start() }?.kind == "checksum")
    bus.finish()
  }

  @Test("Every turned bit of an answer is found", arguments: 0..<48)
  func answerChecksum(_ bit: Int) {
    var bytes: [UInt8] = [0x66, 0x66, 0x93, 0x80, 0x00, 0xA2]
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    #expect(failure { try SHTC.Variant.shtc3.decode(bytes) }?.kind == "checksum")
  }

  @Test("A chip that is never ready is given up after ten milliseconds")
  func neverReady() throws {
    let bus = try ScriptedBus(
      0x70,
      Self.shtc3Sample.dropLast(2) + Step.repeated(5, Self.busy, .pause(.milliseconds(2))) + [Self.busy])
    var sensor = try sensor("shtc3", on: bus, at: 0x70)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
    bus.finish()
  }

  @Test("A chip that does not fall asleep is an error")
  func sleepless() throws {
    let bus = try ScriptedBus(
      0x70, Self.shtc3Sample.dropLast() + [.failure(write: [0xB0, 0x98], read: 0, .noAcknowledge)])
    var sensor = try sensor("shtc3", on: bus, at: 0x70)
    #expect(try busFailure { try sensor.sample() }.kind == .noAcknowledge)
    bus.finish()
  }

  @Test(
    "The temperature, rounded to the millidegree",
    arguments: [
      (UInt16(0x6666), Int64(24_999_000)), (0x6665, 24_996_000), (0x6667, 25_002_000), (0x41D3, -3_000), (0x41D4, 0),
      (0x41D5, 2_000), (0x8000, 42_500_000), (0x4000, -1_250_000), (0x2000, -23_125_000), (0x1D42, -25_000_000),
      (0x0751, -39_999_000), (0xF8AF, 124_999_000),
    ])
  func temperature(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHTC.Variant.shtc3.decode(reply(raw, 0))[0].micros == micros)
  }

  @Test("Beyond -40 and 125 °C is out of an SHTC3's range", arguments: [UInt16(0x0000), 0x0750, 0xF8B0, 0xFFFF])
  func outOfRange(_ raw: UInt16) {
    #expect(failure { try SHTC.Variant.shtc3.decode(reply(raw, 0)) }?.kind == "out of range")
  }

  @Test("An SHTC1 reaches from -30 to 100 °C")
  func shtc1Range() throws {
    #expect(try SHTC.Variant.shtc1.decode(reply(0x15F2, 0))[0].micros == -29_998_000)
    #expect(try SHTC.Variant.shtc1.decode(reply(0xD41D, 0))[0].micros == 99_999_000)
    #expect(failure { try SHTC.Variant.shtc1.decode(reply(0x15F1, 0)) }?.kind == "out of range")
    #expect(failure { try SHTC.Variant.shtc1.decode(reply(0xD41E, 0)) }?.kind == "out of range")
  }

  @Test(
    "The humidity",
    arguments: [(UInt16(0), Int64(0)), (1, 2_000), (0x4000, 25_000_000), (0x8000, 50_000_000), (0xFFFF, 99_998_000)])
  func humidity(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHTC.Variant.shtc3.decode(reply(0x6666, raw))[1].micros == micros)
  }

  @Test("An SHTC1 is not taken for an SHTC3: it does not know the command to wake up")
  func wrongRelative() throws {
    #expect(try startError(of: "shtc3", onTwinOf: "shtc1", at: 0x70)?.kind == "bus")
  }

  private let time = ManualTime()

  private func twin(_ name: String) throws -> SimulatedSHTC {
    SimulatedSHTC(
      try #require(SimulatedSHTC.models[name]), temperature: .constant(42_500_000), humidity: .constant(50_000_000),
      time: time.source)
  }

  @Test("The twin hears nothing but its wake-up in its sleep, not even a reset")
  func asleep() throws {
    let chip = try twin("shtc3")
    #expect(chip.write([0xB0, 0x98]))
    #expect(!chip.write([0x80, 0x5D]))
    #expect(!chip.write([0x78, 0x66]))
    #expect(!chip.write([0xEF, 0xC8]))
    #expect(chip.read(3) == nil)
    #expect(chip.write([0x35, 0x17]))
    #expect(!chip.write([0xEF, 0xC8]))
    time.advance(by: .microseconds(240))
    #expect(chip.write([0xEF, 0xC8]))
    #expect(chip.read(3) == [0x08, 0x87, 0x5B])
  }

  @Test("The twin does not acknowledge while it measures, and gives each result once")
  func measuring() throws {
    let chip = try twin("shtc1")
    #expect(chip.write([0x78, 0x66]))
    time.advance(by: .milliseconds(10))
    #expect(chip.read(6) == nil)
    #expect(!chip.write([0x78, 0x66]))
    time.advance(by: .milliseconds(1))
    #expect(chip.read(6) == [0x80, 0x00, 0xA2, 0x80, 0x00, 0xA2])
    #expect(chip.read(6) == nil)
  }
}
