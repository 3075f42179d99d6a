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
    let name: String
    let parts: [String]
    let source: String
    let start: UInt8
    /// Masks of the configuration: bits that always have this value, and bits that the driver sets to it.
    let fixed: (mask: UInt8, value: UInt8)
    let wanted: (mask: UInt8, value: UInt8)
    /// Bits of the temperature that the datasheet gives as zero.
    let zeroBits: UInt16
    let conversion: Duration
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
  private var witness: (command: UInt8, value: UInt16)?

  init(bus: any I2CBus, address: I2CAddress, variant: Variant) {
    device = I2CDevice(bus: bus, address: address)
    self.variant = variant
  }

  mutating func start() throws(SensorError) {
    witness = nil
    let found = try device.byte(at: Command.configuration)
    guard found & variant.fixed.mask == variant.fixed.value, found != 0x00, found != 0xFF else {
      throw .wrongChip(expected: "\(variant.name), by its configuration", found: [found])
    }
    witness = try findWitness()
    if found & variant.wanted.mask != variant.wanted.value { try configure(found) }
    try device.write([variant.start])
    device.bus.pause(variant.conversion)
  }

  func sample() throws(SensorError) -> Sample {
    var raw = try device.word(at: Command.temperature)
    if raw == 0x0000 || raw == 0xFFFF {
      try confirmLife(raw)
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
      throw .wrongChip(expected: "\(variant.name) that keeps its configuration", found: [kept])
    }
  }

  private func findWitness() throws(SensorError) -> (command: UInt8, value: UInt16) {
    var seen: [UInt8] = []
    for command in Command.limits {
      let value = try device.word(at: command)
      if value != 0x0000, value != 0xFFFF { return (command, value) }
      seen += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    throw .malformed("both limits of the \(variant.name) are all zeros or all ones", bytes: seen)
  }

  private func confirmLife(_ raw: UInt16) throws(SensorError) {
    guard let witness else { throw .malformed("the \(variant.name) was not started", bytes: []) }
    let value = try device.word(at: witness.command)
    guard value == witness.value else {
      throw .malformed(
        "the \(variant.name) says the same to all commands: a dead bus",
        bytes: [UInt8(raw >> 8), UInt8(raw & 0xFF), UInt8(value >> 8), UInt8(value & 0xFF)])
    }
  }
}

extension DS16xx.Variant {
  static let all = [ds1621, ds1631]

  /// Steps of half a degree. Bit 0 of the configuration is a single conversion.
  static let ds1621 = Self(
    name: "ds1621", parts: ["DS1621"], source: "Maxim DS1621 19-7540 rev. 4, command set and configuration register",
    start: 0xEE, fixed: (0x0C, 0x08), wanted: (0x01, 0x00), zeroBits: 0x007F, conversion: .milliseconds(1_000))

  /// Twelve bits: 11 in bits 3:2 of the configuration. Bit 0 is a single conversion.
  static let ds1631 = Self(
    name: "ds1631", parts: ["DS1631", "DS1721", "DS1731"],
    source: "Maxim DS1631/DS1731 19-7488, command set and configuration register; Linux ds1621 driver",
    start: 0x51, fixed: (0x00, 0x00), wanted: (0x0D, 0x0C), zeroBits: 0x000F, conversion: .milliseconds(800))

  /// Two's complement, left-justified: each step of the word is a 256th of a degree. -60 °C is the value after
  /// power-on.
  func decode(_ raw: UInt16) throws(SensorError) -> Temperature {
    guard raw & zeroBits == 0 else {
      throw .malformed("unused bits of the \(name)'s temperature are set", bytes: [UInt8(raw >> 8), UInt8(raw & 0xFF)])
    }
    let temperature = Temperature(microcelsius: Int64(Int16(bitPattern: raw)) * 15_625 / 4)
    if raw == 0xC400 { throw .powerOnValue(.temperature(temperature)) }
    return try ClosedRange.celsius(-55...125).admit(temperature)
  }
}

extension DS16xx {
  static var chips: [Chip] {
    Variant.all.map { variant in
      Chip(
        name: variant.name, parts: variant.parts, measures: [.temperature], source: variant.source,
        minimumInterval: .seconds(1),
        attachment: .i2c(addresses: [0x48...0x4F]) { bus, address, _ in
          DS16xx(bus: bus, address: address, variant: variant)
        })
    }
  }
}
