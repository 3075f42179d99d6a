import Simulation
import Telemetry
import Testing

@testable import Drivers

@Suite("Thermometers with registers")
struct RegisterThermometerTests {
  typealias Step = ScriptedBus.Step
  typealias Variant = RegisterThermometer.Variant

  struct Vector: CustomTestStringConvertible, Sendable {
    let driver: String
    let raw: [UInt8]
    let micros: Int64?
    var testDescription: String { "\(driver) \(raw)" }

    init(_ driver: String, _ raw: UInt16, _ micros: Int64?) {
      self.driver = driver
      self.raw = [UInt8(raw >> 8), UInt8(raw & 0xFF)]
      self.micros = micros
    }
  }

  /// A 128th of a degree: TMP117's table 7-2, ADT7410's table 5 (16 bits), AS6212's table of TVAL.
  private static let eighth: [Vector] = ["tmp117", "tmp116", "adt7410", "adt7420", "as6212", "as6221"].flatMap { name in
    [
      Vector(name, 0x0C80, 25_000_000), Vector(name, 0x3200, 100_000_000), Vector(name, 0x3E80, 125_000_000),
      Vector(name, 0x0001, 7_812), Vector(name, 0x0000, 0), Vector(name, 0xFFFF, -7_812),
      Vector(name, 0xFF80, -1_000_000),
      Vector(name, 0xF380, -25_000_000), Vector(name, 0xEC00, -40_000_000), Vector(name, 0xE000, nil),
    ]
  }

  private static let vectors: [Vector] =
    eighth + [
      Vector("tmp117", 0x4B00, 150_000_000), Vector("tmp117", 0x4B01, nil), Vector("tmp117", 0xE480, -55_000_000),
      // No result yet.
      Vector("tmp117", 0x8000, nil), Vector("tmp116", 0x8000, nil), Vector("tmp116", 0x4B00, nil),
      Vector("adt7410", 0x4B00, 150_000_000), Vector("adt7410", 0xE480, -55_000_000), Vector("adt7420", 0xE480, nil),
      Vector("as6212", 0x3E81, nil),
      // The three flags do not count.
      Vector("mcp9808", 0xC190, 25_000_000), Vector("mcp9808", 0x0190, 25_000_000),
      Vector("mcp9808", 0xE194, 25_250_000),
      Vector("mcp9808", 0x0001, 62_500), Vector("mcp9808", 0x0000, 0), Vector("mcp9808", 0x1FFF, -62_500),
      Vector("mcp9808", 0x1FFC, -250_000), Vector("mcp9808", 0x1E70, -25_000_000),
      Vector("mcp9808", 0x1D80, -40_000_000),
      Vector("mcp9808", 0x07D0, 125_000_000), Vector("mcp9808", 0x07D1, nil), Vector("mcp9808", 0x1D7F, nil),
      // Low byte first.
      Vector("stts22h", 0xC409, 25_000_000), Vector("stts22h", 0xD430, 125_000_000), Vector("stts22h", 0x0100, 10_000),
      Vector("stts22h", 0xFFFF, -10_000), Vector("stts22h", 0x3CF6, -25_000_000),
      Vector("stts22h", 0x60F0, -40_000_000),
      Vector("stts22h", 0xD530, nil),
      Vector("max30205", 0x2500, 37_000_000), Vector("max30205", 0x2580, 37_500_000), Vector("max30205", 0x0001, 3_906),
      Vector("max30205", 0x3200, 50_000_000), Vector("max30205", 0x3201, nil), Vector("max30205", 0xFFFF, nil),
    ]

  private func variant(_ name: String) throws -> Variant { try #require(Variant.others.first { $0.chip.name == name }) }

  @Test("The datasheets' values, one step around zero, both ends and beyond", arguments: vectors)
  func decode(_ vector: Vector) throws {
    let variant = try variant(vector.driver)
    guard let micros = vector.micros else {
      switch failure({ try variant.decode(vector.raw) }) {
      case .outOfRange, .powerOnValue: return
      case let other:
        Issue.record("\(String(describing: other))")
        return
      }
    }
    #expect(try variant.decode(vector.raw).microcelsius == micros)
  }

  @Test("Every variant has vectors")
  func allCovered() { #expect(Set(Self.vectors.map(\.driver)) == Set(Variant.others.map(\.chip.name))) }

  @Test("The bits of a layout have no gap, and none of them is always zero")
  func layouts() {
    for variant in Variant.lm75Family + Variant.others {
      for layout in [variant.layout] + [variant.extended].compactMap({ $0 }) {
        let bits = layout.bits >> layout.bits.trailingZeroBitCount
        #expect(bits & (bits &+ 1) == 0, "\(variant.chip.name)")
        #expect(layout.bits & layout.zeroBits == 0, "\(variant.chip.name)")
      }
    }
  }

  @Test(
    "A thermocouple's values, by its type",
    arguments: [
      (nil, 0x0191, 25_062_500), (nil, 0x3E80, 1_000_000_000), (nil, 0xFFFF, -62_500), (nil, 0xFF5E, -10_125_000),
      (nil, 0xF380, -200_000_000), (nil, 0xF37F, nil), (nil, 0x55C0, 1_372_000_000), (nil, 0x55C1, nil),
      ("T", 0x1901, nil),
      ("T", 0x1900, 400_000_000), ("S", 0x0190, nil), ("S", 0x3E80, 1_000_000_000), ("B", 0x3E7F, nil),
    ] as [(String?, UInt16, Int64?)])
  func thermocouple(_ type: String?, _ raw: UInt16, _ micros: Int64?) {
    let variant = MCP960x.variant("mcp9600", "MCP9600", id: 0x40, type: type)
    let found = try? variant.decode([UInt8(raw >> 8), UInt8(raw & 0xFF)]).microcelsius
    #expect(found == micros)
  }

  @Test("A TMP117 proves itself, keeps its alert pin, and is read")
  func tmp117() throws {
    let bus = try ScriptedBus(
      0x49,
      [
        .exchange(write: [0x0F], reply: [0x21, 0x17]), .exchange(write: [0x0F], reply: [0x21, 0x17]),
        .exchange(write: [0x01], reply: [0x26, 0x3C]), .write(0x01, 0x22, 0x3C),
        .exchange(write: [0x01], reply: [0x02, 0x3C]), .pause(.milliseconds(140)),
        .exchange(write: [0x00], reply: [0x0A, 0xC0]),
      ])
    var sensor = try sensor("tmp117", on: bus, at: 0x49)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: 21_500_000))
    bus.finish()
  }

  @Test("An STTS22H is taken out of its mode, and set free-running")
  func stts22h() throws {
    let bus = try ScriptedBus(
      0x3F,
      [
        .exchange(write: [0x01], reply: [0xA0]), .exchange(write: [0x01], reply: [0xA0]),
        .exchange(write: [0x04], reply: [0x80]), .write(0x04, 0x00), .exchange(write: [0x04], reply: [0x00]),
        .exchange(write: [0x04], reply: [0x00]), .write(0x04, 0x4C), .exchange(write: [0x04], reply: [0x4C]),
        .pause(.milliseconds(60)), .exchange(write: [0x06], reply: [0xFF, 0xFB]),
        .exchange(write: [0x04], reply: [0x4C]),
      ])
    var sensor = try sensor("stts22h", on: bus, at: 0x3F)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -10_250_000))
    bus.finish()
  }

  @Test(
    "Another chip is refused before anything is written to it",
    arguments: ["tmp117", "tmp116", "mcp9808", "adt7410", "adt7420", "stts22h", "mcp9600", "mcp9601"])
  func wrongChip(_ driver: String) throws {
    let others = [[0x00, 0x54], [0x75, 0x00], [0x01, 0x16], [0x00], [0xFF], [0x42, 0x00]] as [[UInt8]]
    for reply in others {
      let chip = try #require(Catalog.chip(named: driver))
      guard case .i2c(let addresses, let make) = chip.attachment else { continue }
      let length = driver.hasPrefix("adt") || driver == "stts22h" ? 1 : 2
      guard reply.count == length, !(driver == "mcp9808" && reply[1] == 0x54) else { continue }
      let register: UInt8 =
        ["mcp9808": 0x06, "stts22h": 0x01, "mcp9600": 0x20, "mcp9601": 0x20][driver] ?? (length == 1 ? 0x0B : 0x0F)
      let bus = try ScriptedBus(
        addresses[0].lowerBound, [.exchange(write: [register], reply: reply)], isSilentThen: true)
      var sensor = make(bus, try #require(I2CAddress(addresses[0].lowerBound)), DriverOptions())
      guard case .wrongChip(_, let found) = failure({ try sensor.start() }) else {
        Issue.record("\(reply) was taken")
        continue
      }
      #expect(found == reply)
      bus.finish()
    }
  }

  @Test("A chip that does not keep its configuration is none")
  func forgetful() throws {
    let bus = try ScriptedBus(
      0x48,
      [
        .exchange(write: [0x0B], reply: [0xCB]), .exchange(write: [0x0B], reply: [0xCB]),
        .exchange(write: [0x03], reply: [0x60]), .write(0x03, 0x80), .exchange(write: [0x03], reply: [0x60]),
      ])
    var sensor = try sensor("adt7410", on: bus, at: 0x48)
    guard case .wrongChip(_, found: [0x60]) = failure({ try sensor.start() }) else {
      Issue.record("it was taken")
      return
    }
    bus.finish()
  }

  @Test("Zero degrees are believed after the ID has been read again; a dead bus is not", arguments: [true, false])
  func zero(_ isAlive: Bool) throws {
    let rig = try Rig("tmp117", temperature: 0)
    let bus = rig.board.i2c("i2c-1")
    var sensor = try rig.sensor(on: bus)
    try sensor.start()
    if !isAlive { bus.inject(.allZeros) }
    if isAlive {
      #expect(try sensor.sample() == .celsius(micros: 0))
    } else {
      #expect(try malformedFailure { try sensor.sample() }.contains("dead bus"))
    }
  }

  private func thermocouple(_ driver: String, _ steps: [Step]) throws -> (bus: ScriptedBus, sensor: any Sensor) {
    let id: UInt8 = driver == "mcp9600" ? 0x40 : 0x41
    let start: [Step] = [
      .exchange(write: [0x20], reply: [id, 0x12]), .exchange(write: [0x20], reply: [id, 0x12]),
      .exchange(write: [0x05], reply: [0x02]), .write(0x05, 0x12), .exchange(write: [0x05], reply: [0x12]),
      .exchange(write: [0x06], reply: [0x00]), .write(0x06, 0x00), .exchange(write: [0x06], reply: [0x00]),
      .write(0x04, 0x00), .pause(.milliseconds(400)),
    ]
    let bus = try ScriptedBus(0x60, start + steps)
    let chip = try #require(Catalog.chip(named: driver))
    guard case .i2c(_, let make) = chip.attachment else { throw BusError(.unsupported, driver) }
    return (bus, make(bus, try #require(I2CAddress(0x60)), DriverOptions(["thermocouple": .text("J")])))
  }

  @Test("A thermocouple that is open or shorted is a fault", arguments: [0x50, 0x60, 0x70, 0x10] as [UInt8])
  func openThermocouple(_ status: UInt8) throws {
    var (bus, sensor) = try thermocouple(
      "mcp9601", [.exchange(write: [0x04], reply: [0x40]), .exchange(write: [0x04], reply: [status])])
    try sensor.start()
    #expect(try malformedFailure { try sensor.sample() }.contains("open"))
    bus.finish()
  }

  @Test("A thermocouple's first result is waited for, and its type is looked at with every reading")
  func thermocoupleReading() throws {
    var (bus, sensor) = try thermocouple(
      "mcp9600",
      [
        .exchange(write: [0x04], reply: [0x00]), .pause(.milliseconds(50)), .exchange(write: [0x04], reply: [0x40]),
        .exchange(write: [0x04], reply: [0x4F]), .exchange(write: [0x00], reply: [0xFF, 0x5E]),
        .exchange(write: [0x05], reply: [0x12]), .exchange(write: [0x04], reply: [0x40]),
        .exchange(write: [0x00], reply: [0x12, 0xC0]), .exchange(write: [0x05], reply: [0x02]),
      ])
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -10_125_000))
    #expect(try malformedFailure { try sensor.sample() }.contains("lost its power"))
    bus.finish()
  }

  @Test("A thermocouple's chip that never has a result is called so")
  func neverConverts() throws {
    let wait: [Step] = [.exchange(write: [0x04], reply: [0x00]), .pause(.milliseconds(50))]
    var (bus, sensor) = try thermocouple(
      "mcp9601", Array(repeating: wait, count: 10).flatMap { $0 } + [.exchange(write: [0x04], reply: [0x00])])
    #expect(failure { try sensor.start() } == .notReady(after: .milliseconds(500)))
    bus.finish()
  }

  @Test("Zero under an MCP9808's flags is waited for like any other zero")
  func zeroUnderFlags() throws {
    let bus = try ScriptedBus(
      0x18,
      [
        .exchange(write: [0x06], reply: [0x00, 0x54]), .exchange(write: [0x07], reply: [0x04, 0x00]),
        .exchange(write: [0x06], reply: [0x00, 0x54]), .exchange(write: [0x01], reply: [0x01, 0x08]),
        .write(0x01, 0x00, 0x08), .exchange(write: [0x01], reply: [0x00, 0x08]),
        .exchange(write: [0x08], reply: [0x00]), .write(0x08, 0x03), .exchange(write: [0x08], reply: [0x03]),
        .pause(.milliseconds(260)), .exchange(write: [0x05], reply: [0x80, 0x00]),
        .exchange(write: [0x06], reply: [0x00, 0x54]), .pause(.milliseconds(260)),
        .exchange(write: [0x05], reply: [0xDE, 0x70]),
      ])
    var sensor = try sensor("mcp9808", on: bus, at: 0x18)
    try sensor.start()
    #expect(try sensor.sample() == .celsius(micros: -25_000_000))
    bus.finish()
  }

  @Test("Another of Microchip's chips is no MCP9808")
  func otherDevice() throws {
    let bus = try ScriptedBus(
      0x18, [.exchange(write: [0x06], reply: [0x00, 0x54]), .exchange(write: [0x07], reply: [0x02, 0x01])],
      isSilentThen: true)
    var sensor = try sensor("mcp9808", on: bus, at: 0x18)
    guard case .wrongChip(_, found: [0x02, 0x01]) = failure({ try sensor.start() }) else {
      Issue.record("it was taken")
      return
    }
    bus.finish()
  }
}
