import Telemetry
import Testing

@testable import Drivers

@Suite("DS1621 and DS1631")
struct DS16xxTests {
  private func decode(_ name: String, _ raw: UInt16) throws -> Int64 {
    let variant = try #require(DS16xx.Variant.all.first { $0.chip.name == name })
    return try variant.decode(raw).microcelsius
  }

  @Test(
    "The datasheets' values",
    arguments: [
      ("ds1621", 0x7D00, 125_000_000), ("ds1621", 0x1900, 25_000_000), ("ds1621", 0x0080, 500_000),
      ("ds1621", 0x0000, 0),
      ("ds1621", 0xFF80, -500_000), ("ds1621", 0xE700, -25_000_000), ("ds1621", 0xC900, -55_000_000),
      ("ds1631", 0x7D00, 125_000_000), ("ds1631", 0x1910, 25_062_500), ("ds1631", 0x0A20, 10_125_000),
      ("ds1631", 0x0010, 62_500), ("ds1631", 0xFFF0, -62_500), ("ds1631", 0xF5E0, -10_125_000),
      ("ds1631", 0xE6F0, -25_062_500), ("ds1631", 0xC900, -55_000_000),
    ] as [(String, UInt16, Int64)])
  func values(_ name: String, _ raw: UInt16, _ micros: Int64) throws { #expect(try decode(name, raw) == micros) }

  @Test("Unused bits, the value after power-on and what is out of range are no temperatures")
  func refused() throws {
    for (name, raw) in [("ds1621", 0x1940), ("ds1631", 0x1908)] as [(String, UInt16)] {
      #expect(try malformedFailure { try decode(name, raw) }.contains("unused"))
    }
    for name in ["ds1621", "ds1631"] {
      guard case .powerOnValue = failure({ try decode(name, 0xC400) }) else {
        Issue.record("-60 °C was believed")
        return
      }
      for raw in [0x7E00, 0xC880] as [UInt16] {
        guard case .outOfRange = failure({ try decode(name, raw) }) else {
          Issue.record("\(raw) was believed")
          return
        }
      }
    }
  }

  @Test("The EEPROM is written only when its content is wrong, and waited for")
  func eeprom() throws {
    let written = try ScriptedBus(
      0x48,
      [
        .exchange(write: [0xAC], reply: [0x8D]), .exchange(write: [0xA1], reply: [0x0F, 0x00]), .write(0xAC, 0x0C),
        .pause(.milliseconds(10)), .exchange(write: [0xAC], reply: [0x9C]), .pause(.milliseconds(10)),
        .exchange(write: [0xAC], reply: [0x8C]), .write(0x51), .pause(.milliseconds(800)),
        .exchange(write: [0xAA], reply: [0x15, 0x80]),
      ])
    let right = try ScriptedBus(
      0x48,
      [
        .exchange(write: [0xAC], reply: [0x8C]), .exchange(write: [0xA1], reply: [0x0F, 0x00]), .write(0x51),
        .pause(.milliseconds(800)), .exchange(write: [0xAA], reply: [0x15, 0x80]),
      ])
    for bus in [written, right] {
      var sensor = try sensor("ds1631", on: bus, at: 0x48)
      try sensor.start()
      #expect(try sensor.sample() == .celsius(micros: 21_500_000))
      bus.finish()
    }
  }

  @Test("An EEPROM that is never done, or does not keep what is written, is a fault", arguments: [true, false])
  func stuck(_ isBusy: Bool) throws {
    let writing: [ScriptedBus.Step] = [
      .exchange(write: [0xAC], reply: [0x09]), .exchange(write: [0xA1], reply: [0x0F, 0x00]), .write(0xAC, 0x08),
    ]
    let wait: [ScriptedBus.Step] = [.pause(.milliseconds(10)), .exchange(write: [0xAC], reply: [isBusy ? 0x18 : 0x09])]
    let bus = try ScriptedBus(0x48, writing + (isBusy ? Array(repeating: wait, count: 5).flatMap { $0 } : wait))
    var sensor = try sensor("ds1621", on: bus, at: 0x48)
    switch failure({ try sensor.start() }) {
    case .notReady(after: .milliseconds(40)) where isBusy: break
    case .wrongChip(_, found: [0x09]) where !isBusy: break
    case let other: Issue.record("\(String(describing: other))")
    }
    bus.finish()
  }

  @Test("What shows no 10 in its configuration is no DS1621", arguments: [0x00, 0xFF, 0x04, 0x0C] as [UInt8])
  func wrongChip(_ configuration: UInt8) throws {
    let bus = try ScriptedBus(0x48, [.exchange(write: [0xAC], reply: [configuration])])
    var sensor = try sensor("ds1621", on: bus, at: 0x48)
    guard case .wrongChip(_, found: [configuration]) = failure({ try sensor.start() }) else {
      Issue.record("it was taken")
      return
    }
    bus.finish()
  }
}
