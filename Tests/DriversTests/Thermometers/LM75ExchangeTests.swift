import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("LM75 family: the exchange")
struct LM75ExchangeTests {
  typealias Step = ScriptedBus.Step

  private let tmp105Start: [Step] = [
    .exchange(write: [0x01], reply: [0x80]), .write(0x01, 0x60), .exchange(write: [0x01], reply: [0xE0]),
    .exchange(write: [0x03], reply: [0x50, 0x00]), .pause(.milliseconds(300)),
  ]

  private let lm75Start: [Step] = [
    .exchange(write: [0x01], reply: [0x00]), .write(0x01, 0x00), .exchange(write: [0x01], reply: [0x00]),
    .exchange(write: [0x03], reply: [0x50, 0x00]), .pause(.milliseconds(300)),
  ]

  @Test("A TMP105 is set to twelve bits, checked, waited for and read")
  func tmp105() throws {
    let bus = try ScriptedBus(0x48, tmp105Start + [.exchange(write: [0x00], reply: [0x15, 0x90])])
    var sensor = try sensor("tmp105", on: bus, at: 0x48)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_562_500))
    bus.finish()
  }

  @Test("A value without finer bits: whether the resolution is still set is looked at, and when not, set anew")
  func forgotten() throws {
    let coarse: Step = .exchange(write: [0x00], reply: [0x15, 0x80])
    let again = tmp105Start.filter { $0 != .exchange(write: [0x03], reply: [0x50, 0x00]) }
    let looks: [Step] = [
      coarse, .exchange(write: [0x01], reply: [0xE0]), coarse, .exchange(write: [0x01], reply: [0x80]),
    ]
    let bus = try ScriptedBus(0x48, tmp105Start + looks + again + [.exchange(write: [0x00], reply: [0x15, 0xF0])])
    var sensor = try sensor("tmp105", on: bus, at: 0x48)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
    #expect(try sensor.sample() == .celsius(micros: 21_937_500))
    bus.finish()
  }

  @Test(
    "A twin that lost its power between two samples has its twelve bits again at the next",
    arguments: ["tmp75", "tmp105"])
  func powerLost(_ name: String) throws {
    let time = ManualTime()
    let bus = SimulatedI2CBus(name: "i2c-1", time: time.source)
    let address = try #require(I2CAddress(0x48))
    func plugIn() throws {
      bus.attach(
        try #require(SimulatedLM75(named: name, temperature: .constant(21_437_500), time: time.source)), at: address)
    }
    try plugIn()
    var sensor = try sensor(name, on: bus, at: 0x48)
    try sensor.start()
    time.advance(by: .seconds(1))
    #expect(try sensor.sample() == .celsius(micros: 21_437_500))
    try plugIn()
    time.advance(by: .seconds(1))
    #expect(try sensor.sample() == .celsius(micros: 21_437_500))
  }

  @Test("A TMP105 below zero")
  func tmp105BelowZero() throws {
    let bus = try ScriptedBus(0x49, tmp105Start + [.exchange(write: [0x00], reply: [0xF5, 0xC0])])
    var sensor = try sensor("tmp105", on: bus, at: 0x49)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -10_250_000))
    bus.finish()
  }

  @Test("A TMP102 keeps its alert pin and extended mode, and gets four conversions a second")
  func tmp102() throws {
    let bus = try ScriptedBus(
      0x4B,
      [
        .exchange(write: [0x01], reply: [0x7D, 0x30]), .write(0x01, 0x7C, 0xB0),
        .exchange(write: [0x01], reply: [0x7C, 0x90]), .exchange(write: [0x03], reply: [0x50, 0x00]),
        .pause(.milliseconds(40)), .exchange(write: [0x00], reply: [0xF3, 0x81]),
      ])
    var sensor = try sensor("tmp102", on: bus, at: 0x4B)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -25_000_000))
    bus.finish()
  }

  @Test("An LM75 that was shut down is woken, its alert pin left alone")
  func wakesUp() throws {
    let bus = try ScriptedBus(
      0x4F,
      [
        .exchange(write: [0x01], reply: [0x1F]), .write(0x01, 0x1E), .exchange(write: [0x01], reply: [0x1E]),
        .exchange(write: [0x03], reply: [0x50, 0x00]), .pause(.milliseconds(300)),
      ])
    var sensor = try sensor("lm75", on: bus, at: 0x4F)
    try sensor.start()
    bus.finish()
  }

  @Test("A configuration that is not kept is the wrong chip, with what was read")
  func configurationNotKept() throws {
    let bus = try ScriptedBus(
      0x48, [.exchange(write: [0x01], reply: [0x00]), .write(0x01, 0x60), .exchange(write: [0x01], reply: [0x00])])
    var sensor = try sensor("tmp75", on: bus, at: 0x48)
    guard case .wrongChip(let expected, let found) = failure({ try sensor.start() }) else {
      Issue.record("not the wrong chip")
      return
    }
    #expect(expected.contains("tmp75"))
    #expect(expected.contains("60"))
    #expect(found == [0x00])
    bus.finish()
  }

  @Test(
    "A configuration with impossible bits is the wrong chip and is not written to",
    arguments: [
      ("lm75", [UInt8(0x20)]), ("lm75b", [0xFF]), ("pct2075", [0x80]), ("tmp102", [0x00, 0x00]),
      ("tmp102", [0xFF, 0xFF]), ("tmp112", [0x40, 0xA0]), ("tmp112", [0x60, 0xA1]),
    ])
  func impossibleConfiguration(_ driver: String, _ bytes: [UInt8]) throws {
    let bus = try ScriptedBus(0x48, [.exchange(write: [0x01], reply: bytes)])
    var sensor = try sensor(driver, on: bus, at: 0x48)
    guard case .wrongChip(_, let found) = failure({ try sensor.start() }) else {
      Issue.record("not the wrong chip")
      return
    }
    #expect(found == bytes)
    bus.finish()
  }

  @Test("Two limits of all zeros are no LM75")
  func limitsOfZeros() throws {
    let bus = try ScriptedBus(
      0x48,
      lm75Start.prefix(3) + [
        .exchange(write: [0x03], reply: [0x00, 0x00]), .exchange(write: [0x02], reply: [0x00, 0x00]),
      ])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    #expect(
      failure { try sensor.start() }
        == .malformed("everything that the lm75 says is all zeros or all ones", bytes: [0, 0, 0, 0]))
    bus.finish()
  }

  @Test("A limit that somebody set to 0 °C is allowed while the other one is not")
  func oneLimitOfZero() throws {
    let bus = try ScriptedBus(
      0x48,
      lm75Start.prefix(3) + [
        .exchange(write: [0x03], reply: [0x00, 0x00]), .exchange(write: [0x02], reply: [0xFB, 0x00]),
        .pause(.milliseconds(300)), .exchange(write: [0x00], reply: [0x00, 0x00]),
        .exchange(write: [0x02], reply: [0xFB, 0x00]), .pause(.milliseconds(300)),
        .exchange(write: [0x00], reply: [0x00, 0x00]),
      ])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 0))
    bus.finish()
  }

  @Test("0 °C is asked for twice, with a conversion in between, and counts while the limit still answers")
  func zeroConfirmed() throws {
    let bus = try ScriptedBus(
      0x48,
      lm75Start + [
        .exchange(write: [0x00], reply: [0x00, 0x00]), .exchange(write: [0x03], reply: [0x50, 0x00]),
        .pause(.milliseconds(300)), .exchange(write: [0x00], reply: [0x00, 0x80]),
      ])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 500_000))
    bus.finish()
  }

  @Test("A bus that says the same in every register is no reading", arguments: [UInt8(0x00), 0xFF])
  func deadBus(_ byte: UInt8) throws {
    let bus = try ScriptedBus(
      0x48,
      lm75Start + [
        .exchange(write: [0x00], reply: [byte, byte]), .exchange(write: [0x03], reply: [byte, byte]),
      ])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    try sensor.start()
    guard case .malformed(_, let bytes) = failure({ try sensor.sample() }) else {
      Issue.record("taken for a reading")
      return
    }
    #expect(bytes == [byte, byte, byte, byte])
    bus.finish()
  }

  @Test("A sample before the start is refused when nothing vouches for it")
  func notStarted() throws {
    let bus = try ScriptedBus(0x48, [.exchange(write: [0x00], reply: [0x00, 0x00])])
    var sensor = try sensor("tmp75", on: bus, at: 0x48)
    #expect(failure { try sensor.sample() } == .malformed("the tmp75 was not started", bytes: []))
    bus.finish()
  }

  @Test("A failed transfer comes back with its kind", arguments: [BusError.Kind.noAcknowledge, .timeout, .denied])
  func failedTransfer(_ kind: BusError.Kind) throws {
    let bus = try ScriptedBus(0x48, [.failure(write: [0x01], read: 1, kind)])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    let error = try busFailure { try sensor.start() }
    #expect(error.kind == kind)
    bus.finish()
  }

  @Test("A lost arbitration is tried again at once")
  func arbitrationLost() throws {
    let lost = Step.failure(write: [0x01], read: 1, .arbitrationLost)
    let bus = try ScriptedBus(0x48, [lost, lost] + lm75Start)
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    try sensor.start()
    bus.finish()
  }

  @Test("An arbitration lost three times in a row is an error")
  func arbitrationLostForEver() throws {
    let lost = Step.failure(write: [0x01], read: 1, .arbitrationLost)
    let bus = try ScriptedBus(0x48, [lost, lost, lost])
    var sensor = try sensor("lm75", on: bus, at: 0x48)
    let error = try busFailure { try sensor.start() }
    #expect(error.kind == .arbitrationLost)
    bus.finish()
  }
}
