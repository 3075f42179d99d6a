import Telemetry

/// DS1621, DS1631, DS1721 and DS1731: thermometers that take commands.
///
/// Source: Maxim DS1621 (19-7540 rev. 4) and DS1631/DS1631A/DS1731 (19-7488), command set, configuration register;
/// Linux ds1621 driver. Commands: AA reads the temperature, AC the configuration, A1 and A2 the limits; EE (DS1621) or
/// 51 starts conversions.
///
/// The configuration is in an EEPROM: all of it in a DS1621, its lowest two bits in a DS1631. It is written only if it
/// differs from what the driver needs. After power-on the chip is idle and returns -60 °C (DS1631: table 3).
///
/// There is no ID and no checksum. A DS1621 has 10 in bits 3:2 of its configuration. A limit is the witness that the
/// bus is alive.
struct DS16xx: Sensor {
  struct Variant: Sendable {
    let chip: ChipFacts
    let start: UInt8
    /// Masks of the configuration: bits that always have this value, and bits that the driver sets to it.
    let fixed: (mask: UInt8, value: UInt8)
    let wanted: (mask: UInt8, value: UInt8)
    let conversion: Duration
    let layout: TemperatureWord
  }

  private enum Command {
    static let temperature: UInt8 = 0xAA
    static let configuration: UInt8 = 0xAC
    static let limits: [UInt8] = [0xA1, 0xA2]
  }
  /// Bit 4 of the configuration: the EEPROM is being written.
  private static let busy: UInt8 = 0x10
  private static let writeTime = Duration.milliseconds(10)
  private static let writeLimit = Duration.milliseconds(40)

  let device: I2CDevice
  let variant: Variant
  private var witness: Witness?

  mutating func start() throws(SensorError) {
    witness = nil
    let found = try device.byte(at: Command.configuration)
    guard found & variant.fixed.mask == variant.fixed.value, found != 0x00, found != 0xFF else {
      throw .wrongChip(expected: "\(variant.chip.name), by its configuration", found: [found])
    }
    witness = try device.witness(among: Command.limits, mask: [0xFF, 0xFF], of: variant.chip.name)
    if found & variant.wanted.mask != variant.wanted.value { try configure(found) }
    try device.write([variant.start])
    device.bus.pause(variant.conversion)
  }

  func sample() throws(SensorError) -> Sample {
    var raw = try device.word(at: Command.temperature)
    if raw == 0x0000 || raw == 0xFFFF {
      try device.confirm(witness, beside: [UInt8(raw >> 8), UInt8(raw & 0xFF)], of: variant.chip.name)
      raw = try device.word(at: Command.temperature)
    }
    return Sample([.temperature(try variant.decode(raw))])
  }

  private func configure(_ found: UInt8) throws(SensorError) {
    try device.write([Command.configuration, found & ~variant.wanted.mask & 0x0F | variant.wanted.value])
    device.bus.pause(Self.writeTime)
    let kept = try device.wait(
      for: Command.configuration, mask: Self.busy, value: 0, every: Self.writeTime, limit: Self.writeLimit)
    guard kept & variant.wanted.mask == variant.wanted.value else {
      throw .wrongChip(expected: "\(variant.chip.name) that keeps its configuration", found: [kept])
    }
  }
}

extension DS16xx.Variant {
  static let all = [ds1621, ds1631]

  /// Steps of half a degree. Bit 0 of the configuration is a single conversion.
  static let ds1621 = Self(
    chip: ChipFacts(
      name: "ds1621", parts: ["DS1621"], source: "Maxim DS1621 19-7540 rev. 4, command set and configuration register",
      addresses: [0x48...0x4F]),
    start: 0xEE, fixed: (0x0C, 0x08), wanted: (0x01, 0x00), conversion: .milliseconds(1_000), layout: layout(0xFF80))

  /// Twelve bits: 11 in bits 3:2 of the configuration. Bit 0 is a single conversion.
  static let ds1631 = Self(
    chip: ChipFacts(
      name: "ds1631", parts: ["DS1631", "DS1721", "DS1731"],
      source: "Maxim DS1631/DS1731 19-7488, command set and configuration register; Linux ds1621 driver",
      addresses: [0x48...0x4F]),
    start: 0x51, fixed: (0x00, 0x00), wanted: (0x0D, 0x0C), conversion: .milliseconds(800), layout: layout(0xFFF0))

  /// Left-justified: each step of the word is a 256th of a degree. -60 °C is the value after power-on.
  private static func layout(_ bits: UInt16) -> TemperatureWord {
    TemperatureWord(bits: bits, zeroBits: ~bits, powerOn: 0xC400, step: (15_625, 4), range: .celsius(-55...125))
  }

  func decode(_ raw: UInt16) throws(SensorError) -> Temperature { try layout.decode(raw, of: chip.name) }
}

extension DS16xx {
  static let chips = Variant.all.map { variant in
    Chip.i2c(variant.chip, measures: [.temperature]) { device, _ in DS16xx(device: device, variant: variant) }
  }
}
