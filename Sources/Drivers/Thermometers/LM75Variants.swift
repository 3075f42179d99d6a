import Telemetry

/// LM75 and its relatives: a temperature register, a configuration register and two limits behind one pointer.
///
/// The registers are common to all: 00 temperature, 01 configuration, 02 and 03 the limits, which are 75 °C and 80 °C
/// after power-on. The temperature is left-justified: 0x1900 is 25 °C in every chip's normal mode.
///
/// No chip of this family has an ID register. All that can be verified is that something answers, keeps its
/// configuration and has limits. TMP102 and TMP112 reveal a little more: two bits of their configuration always read as
/// ones. The alert pin is left as found: a board may use it.
extension RegisterThermometer.Variant {
  static let lm75Family = [lm75, lm75b, pct2075, tmp75, tmp105, tmp102, tmp112, as6200]

  /// Made by National, now by TI. The low seven bits are undefined and therefore tell nothing.
  static let lm75 = Self(
    chip: ChipFacts(
      name: "lm75", parts: ["LM75", "LM75A", "LM75B (TI)", "LM75C"],
      source: "National Semiconductor LM75 (DS012658), sections 1.11-1.14; TI LM75B/LM75C SNIS153B",
      addresses: [0x48...0x4F]),
    start: keeping(classic), conversion: .milliseconds(300),
    layout: TemperatureWord(bits: 0xFF80, step: (15_625, 4), range: .celsius(-55...125)))

  /// Made by NXP; both parts have eleven bits. TI's LM75B has nine: it is an `lm75`.
  static let lm75b = Self(
    chip: ChipFacts(
      name: "lm75b", parts: ["LM75B (NXP)", "LM75A (NXP)"],
      source: "NXP LM75B rev. 6.1, sections 7.4.2-7.4.4; NXP LM75A rev. 4", addresses: [0x48...0x4F]),
    start: keeping(classic), conversion: .milliseconds(250), layout: word(0xFFE0, -55...125))

  /// The interval between conversions (register 04) is left unchanged: 100 ms after power-on.
  ///
  /// The datasheet's 27 addresses come from three-state pins. 0x70 … 0x77 were not seen in its table itself; without
  /// them there are 19, and the uLisp library's page on the chip also counts 27.
  static let pct2075 = Self(
    chip: ChipFacts(
      name: "pct2075", parts: ["PCT2075"], source: "NXP PCT2075 product data sheet, section 7.4; Linux lm75 driver",
      addresses: [0x28...0x2F, 0x35...0x37, 0x48...0x4F, 0x70...0x77]),
    start: keeping(classic), conversion: .milliseconds(150), layout: word(0xFFE0, -55...125))

  /// Specified from -40 °C. The datasheet's register table continues to -55 °C, and so does the range here.
  static let tmp75 = twelveBit(
    ChipFacts(
      name: "tmp75", parts: ["TMP75", "TMP175", "TMP275"],
      source: "TI TMP75/TMP175 SBOS288, temperature and configuration registers; Linux lm75 driver",
      addresses: [0x48...0x4F]))

  static let tmp105 = twelveBit(
    ChipFacts(
      name: "tmp105", parts: ["TMP105"],
      source: "TI TMP105 SLLS648D, temperature register (tables 3-5) and configuration register",
      addresses: [0x48...0x49]))

  static let tmp102 = wide(
    ChipFacts(
      name: "tmp102", parts: ["TMP102"],
      source: "TI TMP102 SBOS397C, temperature register (tables 3-6) and configuration register (table 7)",
      addresses: [0x48...0x4B]))

  static let tmp112 = wide(
    ChipFacts(
      name: "tmp112", parts: ["TMP112"],
      source: "TI TMP112 SBOS473L, temperature register (tables 7-8, 7-9) and configuration register",
      addresses: [0x48...0x4B]))

  /// Twelve bits at the top of the word, while the AS6212 has sixteen. The configuration is that of the TMP102, but
  /// without extended mode; bits 14:13 are for the manufacturer.
  static let as6200 = Self(
    chip: ChipFacts(
      name: "as6200", parts: ["AS6200"],
      source: "ams AS6200, registers TVAL and CONFIG; ams AS6204 UG000440, section 4.2; Linux lm75 driver",
      addresses: [0x48...0x4B]),
    start: keeping(.init(0x01, clear: [0x81, 0xC0], set: [0x00, 0x80], verifying: [0x1F, 0xC0])),
    conversion: .milliseconds(60), layout: word(0xFFF0, -40...125))

  /// Sets the configuration, and takes a limit for the witness: every chip keeps its upper nine bits.
  private static func keeping(_ configuration: Setting) -> [Step] {
    [.set(configuration), .witness([0x03, 0x02], mask: [0xFF, 0x80])]
  }

  /// The bits below the temperature are zero.
  private static func word(_ bits: UInt16, _ range: ClosedRange<Int64>) -> TemperatureWord {
    TemperatureWord(bits: bits, zeroBits: ~bits, step: (15_625, 4), range: .celsius(range))
  }

  /// Bit 0 is shutdown; bits 7:5 are for the manufacturer and must stay zero.
  private static let classic = Setting(
    0x01, clear: [0x01], set: [0x00], verifying: [0xFF],
    fixed: .init([0x00], mask: [0xE0], "configuration with bits 7:5 zero"))

  /// Bits 6:5 = 11 select twelve bits (after power-on: nine); bit 0 is shutdown. Bit 7 starts a single conversion when
  /// written, and is the alert when read. Three bits of the temperature are zero without twelve bits, and in one value
  /// of eight with them.
  private static func twelveBit(_ chip: ChipFacts) -> Self {
    let configuration = Setting(0x01, clear: [0x81], set: [0x60], verifying: [0x7F])
    return Self(
      chip: chip, start: keeping(configuration), conversion: .milliseconds(300), resolution: (configuration, 0x0070),
      layout: word(0xFFF0, -55...125))
  }

  /// Bits 7:6 = 10 select four conversions a second; bit 8 is shutdown, bit 15 a single conversion, bit 5 the alert.
  /// Bits 14:13 are the resolution, fixed at 11. Bit 4, extended mode, is left as found: bit 0 of each word shows its
  /// own width.
  private static func wide(_ chip: ChipFacts) -> Self {
    let configuration = Setting(
      0x01, clear: [0x81, 0xC0], set: [0x00, 0x80], verifying: [0x7F, 0xDF],
      fixed: .init([0x60, 0x00], mask: [0x60, 0x0F], "configuration with bits 14:13 one and 3:0 zero"))
    return Self(
      chip: chip, start: keeping(configuration), conversion: .milliseconds(40), layout: word(0xFFF0, -40...125),
      extended: TemperatureWord(bits: 0xFFF8, zeroBits: 0x0006, step: (15_625, 2), range: .celsius(-40...150)))
  }
}
