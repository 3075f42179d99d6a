import Telemetry
import Testing

@testable import Drivers

@Suite("HDC302x")
struct HDC302xTests {
  typealias Step = ScriptedBus.Step

  private static let identity: [UInt8] = [0x30, 0x00, CRC8.sensirion([0x30, 0x00])]
  private static func start(_ identity: [UInt8] = identity) -> [Step] {
    [
      .write(0x30, 0x93), .pause(.milliseconds(1)), .exchange(write: [0x37, 0x81], reply: identity),
      .write(0x30, 0xA2), .pause(.milliseconds(5)),
    ]
  }
  private static let measure: [Step] = [.write(0x24, 0x00), .pause(.milliseconds(15))]
  private static let busy = Step.failure(write: [], read: 6, .noAcknowledge)

  private static func answer(_ temperature: UInt16, _ humidity: UInt16) -> [UInt8] {
    [temperature, humidity].flatMap { word in
      let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
      return bytes + [CRC8.sensirion(bytes)]
    }
  }

  @Test(
    "An HDC302x is stopped, proven, reset and measures on demand",
    arguments: [
      (UInt16(0x6666), UInt16(0x8000), Int64(25_000_000), Int64(50_001_000)), (0x6667, 0x0000, 25_003_000, 0),
      (0x6665, 0xFFFF, 24_997_000, 100_000_000), (0x41D4, 0x0001, 0, 2_000), (0x41D3, 0x8000, -2_000, 50_001_000),
      (0x2000, 0x8000, -23_125_000, 50_001_000), (0x0751, 0x8000, -39_998_000, 50_001_000),
      (0xF8AE, 0x8000, 124_998_000, 50_001_000),
    ])
  func exchange(_ temperature: UInt16, _ humidity: UInt16, _ microcelsius: Int64, _ micropercent: Int64) throws {
    let reply = Step.exchange(write: [], reply: Self.answer(temperature, humidity))
    let bus = try ScriptedBus(0x47, Self.start() + Self.measure + [reply])
    var sensor = try sensor("hdc302x", on: bus, at: 0x47)
    try sensor.start()
    #expect(try sensor.sample() == climate(microcelsius, micropercent))
    bus.finish()
  }

  @Test("Beyond -40 and 125 °C is out of range", arguments: [UInt16(0x0000), 0x0750, 0xF8AF, 0xFFFF])
  func outOfRange(_ raw: UInt16) throws {
    let bus = try ScriptedBus(0x44, Self.measure + [.exchange(write: [], reply: Self.answer(raw, 0x8000))])
    var sensor = try sensor("hdc302x", on: bus, at: 0x44)
    #expect(failure { try sensor.sample() }?.kind == "out of range")
    bus.finish()
  }

  @Test("Another ID, with its checksum right, is the wrong chip", arguments: [UInt16(0x3001), 0x5449, 0x0000, 0xFFFF])
  func wrongChip(_ word: UInt16) throws {
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    let reply = bytes + [CRC8.sensirion(bytes)]
    let bus = try ScriptedBus(0x44, Self.start(reply).dropLast(2))
    var sensor = try sensor("hdc302x", on: bus, at: 0x44)
    guard case .wrongChip(_, reply) = failure({ try sensor.start() }) else {
      Issue.record("taken for an HDC302x")
      return
    }
    bus.finish()
  }

  @Test("Every turned bit of the ID is found", arguments: 0..<24)
  func identityChecksum(_ bit: Int) throws {
    var reply = Self.identity
    reply[bit / 8] ^= 1 << UInt8(bit % 8)
    let bus = try ScriptedBus(0x44, Self.start(reply).dropLast(2))
    var sensor = try sensor("hdc302x", on: bus, at: 0x44)
    #expect(failure { try sensor.start() }?.kind == "checksum")
    bus.finish()
  }

  @Test("Every turned bit of an answer is found", arguments: 0..<48)
  func answerChecksum(_ bit: Int) throws {
    var reply = Self.answer(0x6666, 0x8000)
    reply[bit / 8] ^= 1 << UInt8(bit % 8)
    let bus = try ScriptedBus(0x44, Self.measure + [.exchange(write: [], reply: reply)])
    var sensor = try sensor("hdc302x", on: bus, at: 0x44)
    #expect(failure { try sensor.sample() }?.kind == "checksum")
    bus.finish()
  }

  @Test("A chip that is never ready is given up after ten milliseconds")
  func neverReady() throws {
    let bus = try ScriptedBus(
      0x44, Self.measure + Step.repeated(5, Self.busy, .pause(.milliseconds(2))) + [Self.busy])
    var sensor = try sensor("hdc302x", on: bus, at: 0x44)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
    bus.finish()
  }

  @Test(
    "An SHT3x or SHT4x at the same address, which does not know the ID's command, is refused",
    arguments: ["sht3x", "sht4x"])
  func otherMaker(_ twin: String) throws {
    #expect(try startError(of: "hdc302x", onTwinOf: twin, at: 0x44)?.kind == "bus")
  }
}
