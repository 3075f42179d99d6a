import Telemetry
import Testing

@testable import Drivers

@Suite("LM75 family: the formula")
struct LM75DecodeTests {
  struct Vector: CustomTestStringConvertible {
    let variant: String
    let raw: UInt16
    let micros: Int64
    var testDescription: String { "\(variant) 0x\(String(raw, radix: 16)) is \(decimal(micros: micros))" }

    init(_ variant: String, _ raw: UInt16, _ micros: Int64) {
      self.variant = variant
      self.raw = raw
      self.micros = micros
    }
  }

  private static let ams = [
    Vector("as6200", 0x7D00, 125_000_000), Vector("as6200", 0x4B00, 75_000_000), Vector("as6200", 0x1900, 25_000_000),
    Vector("as6200", 0x0010, 62_500), Vector("as6200", 0x0000, 0), Vector("as6200", 0xFFF0, -62_500),
    Vector("as6200", 0xE700, -25_000_000), Vector("as6200", 0xD800, -40_000_000),
  ]

  private static let family = RegisterThermometer.Variant.lm75Family
  static let names = family.map(\.chip.name)

  static let vectors = others + ams

  private static let others: [Vector] =
    [
      Vector("lm75", 0x7D00, 125_000_000), Vector("lm75", 0x1900, 25_000_000), Vector("lm75", 0x0080, 500_000),
      Vector("lm75", 0x0000, 0), Vector("lm75", 0xFF80, -500_000), Vector("lm75", 0xE700, -25_000_000),
      Vector("lm75", 0xC900, -55_000_000), Vector("lm75", 0x4B00, 75_000_000),
      // The low seven bits are undefined and must not matter.
      Vector("lm75", 0x197F, 25_000_000), Vector("lm75", 0xFFFF, -500_000), Vector("lm75", 0xE755, -25_000_000),
    ]
    + ["lm75b", "pct2075"].flatMap { name in
      [
        Vector(name, 0x7D00, 125_000_000), Vector(name, 0x1900, 25_000_000), Vector(name, 0x0020, 125_000),
        Vector(name, 0x0000, 0), Vector(name, 0xFFE0, -125_000), Vector(name, 0xE700, -25_000_000),
        Vector(name, 0xE6E0, -25_125_000), Vector(name, 0xC900, -55_000_000),
      ]
    }
    + ["tmp75", "tmp105"].flatMap { name in
      [
        Vector(name, 0x7D00, 125_000_000), Vector(name, 0x3200, 50_000_000), Vector(name, 0x1900, 25_000_000),
        Vector(name, 0x0040, 250_000), Vector(name, 0x0010, 62_500), Vector(name, 0x0000, 0),
        Vector(name, 0xFFF0, -62_500), Vector(name, 0xFFC0, -250_000), Vector(name, 0xF5C0, -10_250_000),
        Vector(name, 0xE700, -25_000_000), Vector(name, 0xC900, -55_000_000),
      ]
    }
    + ["tmp102", "tmp112"].flatMap { name in
      [
        Vector(name, 0x7D00, 125_000_000), Vector(name, 0x6400, 100_000_000), Vector(name, 0x5000, 80_000_000),
        Vector(name, 0x4B00, 75_000_000), Vector(name, 0x1900, 25_000_000), Vector(name, 0x0010, 62_500),
        Vector(name, 0x0000, 0), Vector(name, 0xFFF0, -62_500), Vector(name, 0xE700, -25_000_000),
        Vector(name, 0xD800, -40_000_000),
        // Extended mode: bit 0 set, thirteen bits.
        Vector(name, 0x4B01, 150_000_000), Vector(name, 0x4001, 128_000_000), Vector(name, 0x3201, 100_000_000),
        Vector(name, 0x0C81, 25_000_000), Vector(name, 0x0009, 62_500), Vector(name, 0x0001, 0),
        Vector(name, 0xFFF9, -62_500), Vector(name, 0xF381, -25_000_000), Vector(name, 0xEC01, -40_000_000),
      ]
    }

  private func variant(_ name: String) throws -> RegisterThermometer.Variant {
    try #require(Self.family.first { $0.chip.name == name })
  }

  @Test("The datasheet's vectors", arguments: vectors)
  func decodes(_ vector: Vector) throws {
    #expect(try variant(vector.variant).decode(vector.raw) == Temperature(microcelsius: vector.micros))
  }

  @Test("Every variant has vectors")
  func allCovered() { #expect(Set(Self.vectors.map(\.variant)) == Set(Self.names)) }

  @Test("What the chip cannot measure is out of range and names the value", arguments: names)
  func refusesBeyondRange(_ name: String) throws {
    let variant = try variant(name)
    for (raw, micros) in [(UInt16(0x7F00), Int64(127_000_000)), (0x8000, -128_000_000), (0xC880, -55_500_000)] {
      let error = failure { try variant.decode(raw) }
      guard case .outOfRange(let value, let allowed) = error else {
        Issue.record("\(name) took \(raw): \(String(describing: error))")
        continue
      }
      #expect(value.micros == micros)
      #expect(allowed.upperBound.micros == 125_000_000)
    }
  }

  @Test("Extended mode ends at 150 °C and at -40 °C", arguments: ["tmp102", "tmp112"])
  func refusesBeyondExtendedRange(_ name: String) throws {
    let variant = try variant(name)
    for raw: UInt16 in [0x4B09, 0x7FF9, 0xEBF9, 0x8001] {
      guard case .outOfRange = failure({ try variant.decode(raw) }) else {
        Issue.record("took \(raw)")
        continue
      }
    }
  }

  @Test("A low bit that must be zero is malformed", arguments: ["lm75b", "pct2075", "tmp75", "tmp105", "as6200"])
  func refusesReservedBits(_ name: String) throws {
    let variant = try variant(name)
    let lowest = variant.layout.bits.trailingZeroBitCount
    for bit in 0..<lowest {
      let raw = 0x1900 | UInt16(1) << UInt16(bit)
      guard case .malformed(_, let bytes) = failure({ try variant.decode(raw) }) else {
        Issue.record("took \(raw)")
        continue
      }
      #expect(bytes == [UInt8(raw >> 8), UInt8(raw & 0xFF)])
    }
  }

  @Test("Bits 1 to 3 are malformed in normal mode, 1 and 2 in extended mode", arguments: ["tmp102", "tmp112"])
  func refusesReservedBitsOfWideChips(_ name: String) throws {
    let variant = try variant(name)
    for raw: UInt16 in [0x1902, 0x1904, 0x1908, 0x0C83, 0x0C85, 0xFFFF] {
      guard case .malformed = failure({ try variant.decode(raw) }) else {
        Issue.record("took \(raw)")
        continue
      }
    }
  }
}

extension RegisterThermometer.Variant {
  fileprivate func decode(_ raw: UInt16) throws(SensorError) -> Temperature {
    try decode([UInt8(raw >> 8), UInt8(raw & 0xFF)])
  }
}
