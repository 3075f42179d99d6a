import Telemetry

extension RegisterThermometer.Variant {
  static let others = [tmp117, tmp116, mcp9808, adt7410, adt7420, stts22h, as6212, as6221, max30205]

  /// The device ID is in register 0F; the temperature is 0x8000 until the first result. Continuous conversion, eight
  /// averages, once a second, as after power-on: mode in bits 11:10, cycle in 9:7, averages in 6:5. The alert pin's
  /// bits 4:2 are left unchanged.
  static let tmp117 = tmp11x(
    ChipFacts(
      name: "tmp117", parts: ["TMP117", "TMP119"],
      source: "TI TMP117 SNOSD82D, table 7-1 and section 7.6 (register map); TMP119 SNIS236; Linux tmp117 driver",
      addresses: [0x48...0x4B]),
    .init([0x01, 0x17], mask: [0x0F, 0xFF], "device ID"), -55...150)

  /// The TMP117's predecessor, with the same registers and another ID.
  static let tmp116 = tmp11x(
    ChipFacts(
      name: "tmp116", parts: ["TMP116"], source: "TI TMP116 SBOS740A, table 1 and register map; Linux tmp117 driver",
      addresses: [0x48...0x4B]),
    .init([0x11, 0x16], "device ID"), -55...125)

  private static func tmp11x(_ chip: ChipFacts, _ identity: Pattern, _ range: ClosedRange<Int64>) -> Self {
    Self(
      chip: chip,
      start: [
        .prove(0x0F, identity), .witness([0x0F], mask: [0xFF, 0xFF]),
        .set(.init(0x01, clear: [0x0F, 0xE0], set: [0x02, 0x20])),
      ],
      conversion: .milliseconds(140),
      layout: TemperatureWord(powerOn: 0x8000, step: (15_625, 2), range: .celsius(range)))
  }

  /// Three alert flags are above the thirteen bits of the temperature. Bit 8 of the configuration is shutdown;
  /// register 08 is the resolution.
  static let mcp9808 = Self(
    chip: ChipFacts(
      name: "mcp9808", parts: ["MCP9808"], source: "Microchip MCP9808 DS25095A, sections 5.1.1, 5.1.3-5.1.6 and 5.2.1",
      addresses: [0x18...0x1F]),
    start: [
      .prove(0x06, .init([0x00, 0x54], "manufacturer")),
      .prove(0x07, .init([0x04, 0x00], mask: [0xFF, 0x00], "device")),
      .witness([0x06], mask: [0xFF, 0xFF]),
      .set(.init(0x01, clear: [0x01, 0x00], set: [0x00, 0x00])), .set(.init(0x08, clear: [0x03], set: [0x03])),
    ],
    conversion: .milliseconds(260), temperature: 0x05,
    layout: TemperatureWord(bits: 0x1FFF, step: (62_500, 8), range: .celsius(-40...125)))

  static let adt7410 = adt(
    "adt7410", "ADT7410", "Analog Devices ADT7410 rev. C, register map and tables 7-12", -55...150)
  static let adt7420 = adt(
    "adt7420", "ADT7420", "Analog Devices ADT7420 rev. A, register map and tables 6-11", -40...150)

  /// Bit 7 of the configuration selects sixteen bits, 6:5 = 00 continuous conversion. The low three bits of the ID are
  /// the revision.
  private static func adt(_ name: String, _ part: String, _ source: String, _ range: ClosedRange<Int64>) -> Self {
    let configuration = Setting(0x03, clear: [0xE0], set: [0x80])
    return Self(
      chip: ChipFacts(name: name, parts: [part], source: source, addresses: [0x48...0x4B]),
      start: [.prove(0x0B, .init([0xC8], mask: [0xF8], "ID")), .witness([0x0B], mask: [0xFF]), .set(configuration)],
      conversion: .milliseconds(260), sentinel: configuration,
      layout: TemperatureWord(step: (15_625, 2), range: .celsius(range)))
  }

  /// After power-on the chip is powered down, with a temperature of zero. It is set to free-running with block update
  /// and address increment: bits 2, 6 and 3 of the control register. The low byte comes first.
  static let stts22h = Self(
    chip: ChipFacts(
      name: "stts22h", parts: ["STTS22H"], source: "ST STTS22H DS12606 rev. 6, sections 8 and 9",
      addresses: [0x38...0x38, 0x3C...0x3C, 0x3E...0x3F]),
    start: [
      .prove(0x01, .init([0xA0], "WHOAMI")), .witness([0x01], mask: [0xFF]),
      // Leave every mode first.
      .set(.init(0x04, clear: [0xFF], set: [0x00])), .set(.init(0x04, clear: [0xFF], set: [0x4C])),
    ],
    conversion: .milliseconds(60), sentinel: .init(0x04, clear: [0xFF], set: [0x4C]), temperature: 0x06,
    isLittleEndian: true, layout: TemperatureWord(step: (10_000, 1), range: .celsius(-40...125)))

  static let as6212 = ams("as6212", ["AS6212", "AS6214", "AS6218"], "ams AS621x DS000677, sections 6.2.1-6.2.10")
  static let as6221 = ams("as6221", ["AS6221"], "ams AS6221, registers TVAL and CONFIG; as the AS621x, DS000677")

  /// Bits 14:13 of the configuration are always 10; bit 8 is sleep, 7:6 = 10 is four conversions a second. There is no
  /// ID: the limits are the witness. The temperature is 0 °C until the first conversion.
  private static func ams(_ name: String, _ parts: [String], _ source: String) -> Self {
    Self(
      chip: ChipFacts(name: name, parts: parts, source: source, addresses: [0x44...0x4B]),
      start: [
        .prove(0x01, .init([0x40, 0x00], mask: [0x60, 0x1F], "configuration")),
        .witness([0x03, 0x02], mask: [0xFF, 0xFF]), .set(.init(0x01, clear: [0x81, 0xC0], set: [0x00, 0x80])),
      ],
      conversion: .milliseconds(60), layout: TemperatureWord(step: (15_625, 2), range: .celsius(-40...125)))
  }

  /// For skin temperatures: 0 … 50 °C. Bit 0 of the configuration is shutdown, bit 5 another data format, bit 7 a
  /// single conversion. There is no ID: the limits are the witness.
  static let max30205 = Self(
    chip: ChipFacts(
      name: "max30205", parts: ["MAX30205"], source: "Maxim MAX30205 19-8505 rev. 0, tables 2-5",
      addresses: [0x40...0x5F]),
    start: [.witness([0x03, 0x02], mask: [0xFF, 0xFF]), .set(.init(0x01, clear: [0xA1], set: [0x00]))],
    conversion: .milliseconds(60), layout: TemperatureWord(step: (15_625, 4), range: .celsius(0...50)))
}
