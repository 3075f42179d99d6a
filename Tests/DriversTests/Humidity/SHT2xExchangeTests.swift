import Telemetry
import Testing

@testable import Drivers

@Suite("SHT2x family: the exchange")
struct SHT2xExchangeTests {
  typealias Step = ScriptedBus.Step

  private static let temperature = Step.read(0x68, 0x38, 0x1E)
  private static let humidity = Step.read(0x63, 0x52, 0x64)
  private static let expected = climate(24_686_000, 42_492_000)

  private static func start(serial: [UInt8], user: UInt8) -> [Step] {
    [
      .write(0xFE), .pause(.milliseconds(20)), .exchange(write: [0xFC, 0xC9], reply: serial),
      .exchange(write: [0xE7], reply: [user]),
    ]
  }

  private static func sample(_ temperatureTime: Int, _ humidityTime: Int) -> [Step] {
    [
      .write(0xF3), .pause(.milliseconds(temperatureTime)), temperature, .write(0xF5),
      .pause(.milliseconds(humidityTime)), humidity,
    ]
  }

  @Test(
    "Each chip is reset, proven, and measures without holding the bus",
    arguments: [
      ("sht2x", [UInt8(0x2F), 0x14, 0xC2], UInt8(0x02), 85, 29), ("htu21d", [0x32, 0x00, 0x6B], 0x02, 50, 16),
      ("si70xx", [0x15, 0xFF, 0xB5], 0x3A, 11, 23),
    ] as [(String, [UInt8], UInt8, Int, Int)])
  func exchange(_ driver: String, _ serial: [UInt8], _ user: UInt8, _ temperatureTime: Int, _ humidityTime: Int) throws
  {
    let bus = try ScriptedBus(0x40, Self.start(serial: serial, user: user) + Self.sample(temperatureTime, humidityTime))
    var sensor = try sensor(driver, on: bus, at: 0x40)
    try sensor.start()
    #expect(try sensor.sample() == Self.expected)
    bus.finish()
  }

  @Test(
    "Every Si70xx with both quantities is known by its identity",
    arguments: [[UInt8(0x06), 0xFF, 0xF6], [0x0D, 0xFF, 0xEC], [0x14, 0xFF, 0x41], [0x15, 0xFF, 0xB5]])
  func identities(_ serial: [UInt8]) throws {
    let bus = try ScriptedBus(0x41, Self.start(serial: serial, user: 0x3A))
    var sensor = try sensor("si70xx", on: bus, at: 0x41)
    try sensor.start()
    bus.finish()
  }

  @Test("Another identity is no Si70xx: an HTU21D, a Si7055, zeros, ones", arguments: [UInt8(0x32), 0x37, 0x00, 0xFF])
  func wrongIdentity(_ first: UInt8) throws {
    let serial = [first, 0x00, CRC8.sensirion([first, 0x00], startingWith: 0)]
    let bus = try ScriptedBus(0x40, Self.start(serial: serial, user: 0x3A).dropLast())
    var sensor = try sensor("si70xx", on: bus, at: 0x40)
    guard case .wrongChip(let expected, serial) = failure({ try sensor.start() }) else {
      Issue.record("taken for a Si70xx")
      return
    }
    #expect(expected.contains("si70xx"))
    #expect(expected.contains("15"))
    bus.finish()
  }

  @Test("A serial number of zeros, whose checksum is right, is a dead bus", arguments: ["sht2x", "htu21d", "si70xx"])
  func zeroSerial(_ driver: String) throws {
    let bus = try ScriptedBus(0x40, Self.start(serial: [0, 0, 0], user: 0).dropLast())
    var sensor = try sensor(driver, on: bus, at: 0x40)
    #expect(failure { try sensor.start() }?.kind == "wrong chip")
    bus.finish()
  }

  @Test("Every turned bit of the serial number is found", arguments: 0..<24)
  func serialChecksum(_ bit: Int) throws {
    var serial: [UInt8] = [0x15, 0xFF, 0xB5]
    serial[bit / 8] ^= 1 << UInt8(bit % 8)
    let bus = try ScriptedBus(0x40, Self.start(serial: serial, user: 0x3A).dropLast())
    var sensor = try sensor("si70xx", on: bus, at: 0x40)
    #expect(failure { try sensor.start() }?.kind == "checksum")
    bus.finish()
  }

  @Test(
    "A user register that is not as after a reset is the wrong chip",
    arguments: [UInt8(0x00), 0xFF, 0x82, 0x03, 0x80, 0x38])
  func wrongUserRegister(_ user: UInt8) throws {
    let bus = try ScriptedBus(0x40, Self.start(serial: [0x32, 0x00, 0x6B], user: user))
    var sensor = try sensor("htu21d", on: bus, at: 0x40)
    guard case .wrongChip(_, [user]) = failure({ try sensor.start() }) else {
      Issue.record("taken")
      return
    }
    bus.finish()
  }

  @Test("A heater that is on is switched off, the reserved bits as they were")
  func heater() throws {
    let bus = try ScriptedBus(
      0x40,
      Self.start(serial: [0x15, 0xFF, 0xB5], user: 0x7E) + [
        .write(0xE6, 0x7A), .exchange(write: [0xE7], reply: [0x3A]),
      ])
    var sensor = try sensor("si70xx", on: bus, at: 0x40)
    try sensor.start()
    bus.finish()
  }

  @Test("A heater that stays on is a fault")
  func stubbornHeater() throws {
    let bus = try ScriptedBus(
      0x40,
      Self.start(serial: [0x15, 0xFF, 0xB5], user: 0x3E) + [
        .write(0xE6, 0x3A), .exchange(write: [0xE7], reply: [0x3E]),
      ])
    var sensor = try sensor("si70xx", on: bus, at: 0x40)
    #expect(failure { try sensor.start() } == .malformed("the heater stays on", bytes: [0x3E]))
    bus.finish()
  }

  @Test("A chip that is not ready is asked again every five milliseconds, for fifty")
  func neverReady() throws {
    let busy = Step.failure(write: [], read: 3, .noAcknowledge)
    let bus = try ScriptedBus(
      0x40,
      [.write(0xF3), .pause(.milliseconds(50))] + Step.repeated(10, busy, .pause(.milliseconds(5))) + [busy])
    var sensor = try sensor("htu21d", on: bus, at: 0x40)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(50)))
    bus.finish()
  }

  @Test("A humidity that is never ready takes the temperature with it")
  func humidityNeverReady() throws {
    let busy = Step.failure(write: [], read: 3, .noAcknowledge)
    let bus = try ScriptedBus(
      0x40,
      Array(Self.sample(50, 16).dropLast()) + Step.repeated(10, busy, .pause(.milliseconds(5))) + [busy])
    var sensor = try sensor("htu21d", on: bus, at: 0x40)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(50)))
    bus.finish()
  }

  @Test("A chip that is late by little is waited for")
  func late() throws {
    var steps = Self.sample(50, 16)
    steps.insert(contentsOf: [.failure(write: [], read: 3, .noAcknowledge), .pause(.milliseconds(5))], at: 2)
    let bus = try ScriptedBus(0x40, steps)
    var sensor = try sensor("htu21d", on: bus, at: 0x40)
    #expect(try sensor.sample() == Self.expected)
    bus.finish()
  }

  @Test("The answer to the other question is refused")
  func swapped() throws {
    let bus = try ScriptedBus(0x40, [.write(0xF3), .pause(.milliseconds(50)), Self.humidity])
    var first = try sensor("htu21d", on: bus, at: 0x40)
    #expect(failure { try first.sample() }?.kind == "malformed")
    bus.finish()
    let other = try ScriptedBus(0x40, Self.sample(50, 16).dropLast() + [Self.temperature])
    var second = try sensor("htu21d", on: other, at: 0x40)
    #expect(failure { try second.sample() }?.kind == "malformed")
    other.finish()
  }

  @Test("A twin of another maker is no Si70xx", arguments: ["sht2x", "htu21d"])
  func otherMaker(_ twin: String) throws {
    #expect(try startError(of: "si70xx", onTwinOf: twin, at: 0x40)?.kind == "wrong chip")
  }

  @Test(
    "A thermometer at the same address is not taken for one of the family", arguments: ["sht2x", "htu21d", "si70xx"])
  func otherChip(_ driver: String) throws {
    #expect(try startError(of: driver, onTwinOf: "tmp102", at: 0x40) != nil)
  }
}
