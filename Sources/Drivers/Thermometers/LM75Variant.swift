import Telemetry

/// The differences between the chips of the LM75 family.
struct LM75Variant: Sendable {
  let name: String
  let parts: [String]
  let source: String
  let addresses: [ClosedRange<UInt8>]
  /// Width of the temperature, left-justified in 16 bits.
  let bits: Int
  /// Microdegrees Celsius per step.
  let step: Int64
  /// Bits of the temperature register that the datasheet gives as zero.
  let zeroBits: UInt16
  /// True: bit 0 of the temperature register says whether this word has 13 bits.
  var hasExtendedMode = false
  /// Bits of the temperature that stay zero at the resolution after power-on, which `configuration` then raises.
  var fineBits: UInt16 = 0
  let configuration: Configuration
  /// The longest time from `start` to the end of the first conversion.
  let conversion: Duration
  let range: ClosedRange<Temperature>

  /// The configuration register.
  struct Configuration: Sendable {
    /// Width in bytes: 1 or 2.
    let width: Int
    let clear: UInt16
    let set: UInt16
    /// Bits that must read back as written.
    let verified: UInt16
    /// Bits that this chip always reads as one (`ones`) and as zero (`zeros`).
    let ones: UInt16
    let zeros: UInt16
    /// `ones` and `zeros` in words.
    let meaning: String

    /// Whether the bits of `set` and `clear` are still as written.
    func isKept(_ value: UInt16) -> Bool { (value ^ set) & (set | clear) & verified == 0 }

    func isPlausible(_ value: UInt16) -> Bool { value & ones == ones && value & zeros == 0 }

    func bytes(_ value: UInt16) -> [UInt8] {
      width == 1 ? [UInt8(value & 0xFF)] : [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
  }

  /// Whether the temperature is zero, whatever the bits below it are.
  func isZero(_ raw: UInt16) -> Bool { raw >> (16 - bits) == 0 }

  /// The temperature that a register word means.
  ///
  /// Two's complement, left-justified. 0x1900 is 25 °C in every variant's normal mode.
  func decode(_ raw: UInt16) throws(SensorError) -> Temperature {
    let isExtended = hasExtendedMode && raw & 1 == 1
    let unused = isExtended ? zeroBits & 0b110 : zeroBits
    guard raw & unused == 0 else {
      throw .malformed("unused bits of the \(name)'s temperature are set", bytes: [UInt8(raw >> 8), UInt8(raw & 0xFF)])
    }
    let width = isExtended ? bits + 1 : bits
    let temperature = Temperature(microcelsius: Int64(Int16(bitPattern: raw) >> (16 - width)) * step)
    let allowed = isExtended ? range.lowerBound...Temperature(millicelsius: 150_000) : range
    return try allowed.admit(temperature)
  }
}

extension LM75Variant {
  static let all = [lm75, lm75b, pct2075, tmp75, tmp105, tmp102, tmp112, as6200]

  /// Made by National, now by TI. The low seven bits are undefined and therefore tell nothing.
  static let lm75 = LM75Variant(
    name: "lm75", parts: ["LM75", "LM75A", "LM75B (TI)", "LM75C"],
    source: "National Semiconductor LM75 (DS012658), sections 1.11-1.14; TI LM75B/LM75C SNIS153B",
    addresses: [0x48...0x4F], bits: 9, step: 500_000, zeroBits: 0, configuration: .classic,
    conversion: .milliseconds(300), range: .celsius(-55...125))

  /// Made by NXP; both parts have eleven bits. TI's LM75B has nine: it is an `lm75`.
  static let lm75b = LM75Variant(
    name: "lm75b", parts: ["LM75B (NXP)", "LM75A (NXP)"],
    source: "NXP LM75B rev. 6.1, sections 7.4.2-7.4.4; NXP LM75A rev. 4",
    addresses: [0x48...0x4F], bits: 11, step: 125_000, zeroBits: 0x001F, configuration: .classic,
    conversion: .milliseconds(250), range: .celsius(-55...125))

  /// The interval between conversions (register 04) is left unchanged: 100 ms after power-on.
  ///
  /// The datasheet's 27 addresses come from three-state pins. 0x70 … 0x77 were not seen in its table itself; without
  /// them there are 19, and the uLisp library's page on the chip also counts 27.
  static let pct2075 = LM75Variant(
    name: "pct2075", parts: ["PCT2075"],
    source: "NXP PCT2075 product data sheet, section 7.4; Linux lm75 driver",
    addresses: [0x28...0x2F, 0x35...0x37, 0x48...0x4F, 0x70...0x77], bits: 11, step: 125_000, zeroBits: 0x001F,
    configuration: .classic, conversion: .milliseconds(150), range: .celsius(-55...125))

  /// Specified from -40 °C. The datasheet's register table continues to -55 °C, and so does the range here.
  static let tmp75 = LM75Variant(
    name: "tmp75", parts: ["TMP75", "TMP175", "TMP275"],
    source: "TI TMP75/TMP175 SBOS288, temperature and configuration registers; Linux lm75 driver",
    addresses: [0x48...0x4F], bits: 12, step: 62_500, zeroBits: 0x000F, fineBits: 0x0070, configuration: .twelveBit,
    conversion: .milliseconds(300), range: .celsius(-55...125))

  static let tmp105 = LM75Variant(
    name: "tmp105", parts: ["TMP105"],
    source: "TI TMP105 SLLS648D, temperature register (tables 3-5) and configuration register",
    addresses: [0x48...0x49], bits: 12, step: 62_500, zeroBits: 0x000F, fineBits: 0x0070, configuration: .twelveBit,
    conversion: .milliseconds(300), range: .celsius(-55...125))

  static let tmp102 = LM75Variant(
    name: "tmp102", parts: ["TMP102"],
    source: "TI TMP102 SBOS397C, temperature register (tables 3-6) and configuration register (table 7)",
    addresses: [0x48...0x4B], bits: 12, step: 62_500, zeroBits: 0x000F, hasExtendedMode: true,
    configuration: .wide, conversion: .milliseconds(40), range: .celsius(-40...125))

  static let tmp112 = LM75Variant(
    name: "tmp112", parts: ["TMP112"],
    source: "TI TMP112 SBOS473L, temperature register (tables 7-8, 7-9) and configuration register",
    addresses: [0x48...0x4B], bits: 12, step: 62_500, zeroBits: 0x000F, hasExtendedMode: true,
    configuration: .wide, conversion: .milliseconds(40), range: .celsius(-40...125))

  /// Twelve bits at the top of the word, while the AS6212 has sixteen.
  static let as6200 = LM75Variant(
    name: "as6200", parts: ["AS6200"],
    source: "ams AS6200, registers TVAL and CONFIG; ams AS6204 UG000440, section 4.2; Linux lm75 driver",
    addresses: [0x48...0x4B], bits: 12, step: 62_500, zeroBits: 0x000F, configuration: .ams,
    conversion: .milliseconds(60), range: .celsius(-40...125))
}

extension LM75Variant.Configuration {
  /// Bit 0 is shutdown; bits 7:5 are for the manufacturer and must stay zero.
  fileprivate static let classic = Self(
    width: 1, clear: 0x01, set: 0, verified: 0xFF, ones: 0, zeros: 0xE0, meaning: "with bits 7:5 zero")

  /// Bits 6:5 = 11 select twelve bits (after power-on: nine); bit 0 is shutdown. Bit 7 starts a single conversion when
  /// written, and is the alert when read.
  fileprivate static let twelveBit = Self(
    width: 1, clear: 0x81, set: 0x60, verified: 0x7F, ones: 0, zeros: 0, meaning: "of eight bits")

  /// Bits 7:6 = 10 select four conversions a second; bit 8 is shutdown, bit 15 a single conversion, bit 5 the alert.
  /// Bits 14:13 are the resolution, fixed at 11. Bit 4, extended mode, is left as found: each word shows its own width.
  fileprivate static let wide = Self(
    width: 2, clear: 0x81C0, set: 0x0080, verified: 0x7FDF, ones: 0x6000, zeros: 0x000F,
    meaning: "with bits 14:13 one and 3:0 zero")

  /// As `wide`, but without extended mode; bits 14:13 are for the manufacturer.
  fileprivate static let ams = Self(
    width: 2, clear: 0x81C0, set: 0x0080, verified: 0x1FC0, ones: 0, zeros: 0, meaning: "of sixteen bits")
}
