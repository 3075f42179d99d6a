import Telemetry
import Testing

@testable import Drivers
@testable import Simulation

@Suite("HDC1080 and HDC1008")
struct HDC10xxTests {
  typealias Step = ScriptedBus.Step

  private static func start(identity: UInt8 = 0x50, kept: [UInt8] = [0x10, 0x00]) -> [Step] {
    [
      .exchange(write: [0xFE], reply: [0x54, 0x49]), .exchange(write: [0xFF], reply: [0x10, identity]),
      .write(0x02, 0x80, 0x00), .pause(.milliseconds(20)), .write(0x02, 0x10, 0x00),
      .exchange(write: [0x02], reply: kept),
    ]
  }

  private static let measure: [Step] = [.write(0x00), .pause(.milliseconds(15))]
  private static let busy = Step.failure(write: [], read: 4, .noAcknowledge)

  private func reply(_ temperature: UInt16, _ humidity: UInt16) -> [UInt8] {
    [temperature, humidity].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
  }

  @Test(
    "The chip is proven, reset, set to both quantities and read in one go",
    arguments: [("hdc1080", UInt8(0x40), UInt8(0x50)), ("hdc1008", 0x43, 0x00)])
  func exchange(_ driver: String, _ address: UInt8, _ identity: UInt8) throws {
    let bus = try ScriptedBus(
      address, Self.start(identity: identity) + Self.measure + [.read(0x64, 0xD8, 0x80, 0x00)])
    var sensor = try sensor(driver, on: bus, at: address)
    try sensor.start()
    #expect(try sensor.sample() == climate(24_997_000, 50_000_000))
    bus.finish()
  }

  @Test("A low supply, which bit 11 tells, does not make it another chip")
  func lowSupply() throws {
    let bus = try ScriptedBus(0x40, Self.start(kept: [0x18, 0x00]))
    var sensor = try sensor("hdc1080", on: bus, at: 0x40)
    try sensor.start()
    bus.finish()
  }

  @Test(
    "Another maker's ID is refused before anything is written",
    arguments: [[UInt8(0xFF), 0xFF], [0, 0], [0x49, 0x54]])
  func wrongMaker(_ found: [UInt8]) throws {
    let bus = try ScriptedBus(0x40, [.exchange(write: [0xFE], reply: found)], isSilentThen: true)
    var sensor = try sensor("hdc1080", on: bus, at: 0x40)
    guard case .wrongChip(let expected, found) = failure({ try sensor.start() }) else {
      Issue.record("taken for an HDC1080")
      return
    }
    #expect(expected.contains("54 49"))
    bus.finish()
  }

  @Test(
    "Another device of the same maker is refused before anything is written",
    arguments: [("hdc1080", UInt8(0x00)), ("hdc1008", 0x50), ("hdc1080", 0xFF), ("hdc1080", 0x51)])
  func wrongDevice(_ driver: String, _ identity: UInt8) throws {
    let bus = try ScriptedBus(0x40, Array(Self.start(identity: identity).prefix(2)), isSilentThen: true)
    var sensor = try sensor(driver, on: bus, at: 0x40)
    switch failure({ try sensor.start() }) {
    case .wrongChip(_, [0x10, identity]), .anotherChip(_, [0x10, identity], _): break
    case let other: Issue.record("taken for an \(driver): \(String(describing: other))")
    }
    bus.finish()
  }

  @Test(
    "A configuration that is not kept is the wrong chip: not both, coarse, heated, in reset, a dead bus",
    arguments: [
      [UInt8(0x00), 0x00], [0x14, 0x00], [0x12, 0x00], [0x30, 0x00], [0x90, 0x00], [0xFF, 0xFF], [0x10, 0x01],
    ])
  func configurationNotKept(_ kept: [UInt8]) throws {
    let bus = try ScriptedBus(0x40, Self.start(kept: kept), isSilentThen: true)
    var sensor = try sensor("hdc1080", on: bus, at: 0x40)
    guard case .wrongChip(_, kept) = failure({ try sensor.start() }) else {
      Issue.record("taken")
      return
    }
    bus.finish()
  }

  @Test("A chip that is late by little is waited for")
  func late() throws {
    let bus = try ScriptedBus(
      0x40, Self.measure + [Self.busy, .pause(.milliseconds(5)), .read(0x17, 0x44, 0x40, 0x00)])
    var sensor = try sensor("hdc1080", on: bus, at: 0x40)
    #expect(try sensor.sample() == climate(-25_005_000, 25_000_000))
    bus.finish()
  }

  @Test("A chip that is never ready is given up after 25 milliseconds")
  func neverReady() throws {
    let bus = try ScriptedBus(
      0x40, Self.measure + Step.repeated(5, Self.busy, .pause(.milliseconds(5))) + [Self.busy])
    var sensor = try sensor("hdc1080", on: bus, at: 0x40)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(25)))
    bus.finish()
  }

  @Test(
    "The temperature, rounded to the millidegree",
    arguments: [
      (UInt16(0x6664), Int64(25_994_000)), (0x64D8, 24_997_000), (0x64DC, 25_007_000), (0x64D4, 24_987_000),
      (0x8000, 42_500_000), (0x4000, 1_250_000), (0x3E10, 1_000), (0x3E0C, -9_000), (0x3E08, -19_000),
      (0x3000, -9_062_000), (0x1744, -25_005_000), (0x1000, -29_687_000), (0x0004, -39_990_000), (0xFFFC, 124_990_000),
    ])
  func temperature(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try HDC10xx.decode(reply(raw, 0x8000)).quantities[0].micros == micros)
  }

  @Test(
    "The humidity from end to end",
    arguments: [(UInt16(0), Int64(0)), (4, 6_000), (0x4000, 25_000_000), (0x8000, 50_000_000), (0xFFFC, 99_994_000)])
  func humidity(_ raw: UInt16, _ micros: Int64) throws {
    let sample = try HDC10xx.decode(reply(0x64D8, raw))
    #expect(sample.quantities[1].micros == micros)
    // Either end of the scale may be a dead line: there is no checksum.
    #expect(sample.quality == (raw == 0 || raw == 0xFFFC ? .suspect : .good))
  }

  @Test("A low bit that is set in any word is rubbish", arguments: [0, 1], [UInt16(1), 2, 3])
  func lowBits(_ word: Int, _ bits: UInt16) {
    let bytes = reply(0x64D8 | (word == 0 ? bits : 0), 0x8000 | (word == 1 ? bits : 0))
    #expect(
      failure { try HDC10xx.decode(bytes) } == .malformed("the two low bits of a word are not zero", bytes: bytes))
  }

  @Test("A dead bus is no reading, nor one that dies within it")
  func deadBus() {
    for bytes in [reply(0xFFFF, 0xFFFF), reply(0, 0), reply(0, 0x8000), reply(0x64D8, 0xFFFF)] as [[UInt8]] {
      #expect(failure { try HDC10xx.decode(bytes) }?.kind == "malformed", "\(bytes)")
    }
  }

  @Test(
    "A twin of another chip at the same address is refused",
    arguments: [("hdc1080", "hdc1008"), ("hdc1008", "hdc1080"), ("hdc1080", "hdc2010"), ("hdc1080", "tmp102")])
  func wrongRelative(_ driver: String, _ twin: String) throws {
    #expect(try startError(of: driver, onTwinOf: twin, at: 0x40)?.kind == "wrong chip")
  }

  @Test("An SHT2x, which answers the ID's register with a reset, is refused", arguments: ["sht2x", "htu21d", "si70xx"])
  func otherFamily(_ twin: String) throws {
    #expect(try startError(of: "hdc1080", onTwinOf: twin, at: 0x40)?.kind == "bus")
  }

  private let time = ManualTime()

  private var twin: SimulatedHDC10xx {
    SimulatedHDC10xx(
      identity: 0x1050, temperature: .constant(42_500_000), humidity: .constant(25_000_000), time: time.source)
  }

  @Test("The twin does not acknowledge while it measures both")
  func measuring() {
    let chip = twin
    #expect(chip.write([0x00]))
    time.advance(by: .milliseconds(12))
    #expect(chip.read(4) == nil)
    #expect(!chip.write([0x00]))
    time.advance(by: .milliseconds(1))
    #expect(chip.read(4) == [0x80, 0x00, 0x40, 0x00])
  }

  @Test("The twin gives one quantity when it is set to one, and its reset sets it to both")
  func modes() {
    let chip = twin
    #expect(chip.write([0x02, 0x00, 0x00]))
    #expect(chip.write([0x01]))
    time.advance(by: .milliseconds(7))
    #expect(chip.read(4) == [0x40, 0x00, 0xFF, 0xFF])
    #expect(chip.write([0x02, 0x80, 0x00]))
    #expect(!chip.write([0x02]))
    time.advance(by: .milliseconds(15))
    #expect(chip.write([0x02]))
    #expect(chip.read(2) == [0x10, 0x00])
  }
}
