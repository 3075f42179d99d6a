import Telemetry

/// HDC2010 and HDC2080 with their relatives: humidity and temperature in 8-bit registers, without a checksum.
///
/// Sources: TI, HDC2010, SNAS693D (February 2021), sections 7.3.2 (measuring on demand) and 7.6 (registers and
/// formulas). TI, HDC2080, SNAS678C (July 2021), sections 8.3.2 and 8.6; TI, HDC2x Silicon User's Guide, SNAU250. Linux
/// hdc2010 driver.
///
/// All these chips have the same device ID, so the name in the configuration selects the formula. Reading the
/// data-ready bit clears it: each measurement can be read once. The two low bits of a word are reserved and count as
/// zero (SNAU250, register 0x03; the temperature is treated alike).
///
/// A temperature of all ones or all zeros, the ends of its scale, counts as a dead line. A humidity of zero is the
/// value before a conversion. A humidity at the top of its scale may be water on the chip.
struct HDC20xx: Sensor {
  enum Register {
    static let temperature: UInt8 = 0x00
    static let status: UInt8 = 0x04
    static let interrupts: UInt8 = 0x07
    static let reset: UInt8 = 0x0E
    static let measurement: UInt8 = 0x0F
    static let identity: UInt8 = 0xFC
  }

  struct Variant: Sendable {
    let chip: ChipFacts
    fileprivate let temperature: Linear
  }

  /// Manufacturer 5449 and device 07D0, each with its low byte first.
  private static let identity: [UInt8] = [0x49, 0x54, 0xD0, 0x07]
  /// Bit 7 is a reset. Afterwards there are no automatic measurements, and heater and interrupt pin are off.
  private static let softReset: UInt8 = 0x80
  private static let resetTime = Duration.milliseconds(5)
  /// Data ready, bit 7 of the status and of the interrupts. The interrupt pin stays off.
  private static let dataReady: UInt8 = 0x80
  private static let reservedStatus: UInt8 = 0x07
  /// Measure both quantities now, with 14 bits each.
  private static let trigger: UInt8 = 0x01
  /// 0.61 ms and 0.66 ms, doubled: the status may be set by the first of the two measurements.
  private static let measuringTime = Duration.milliseconds(3)
  private static let poll = (step: Duration.milliseconds(1), limit: Duration.milliseconds(10))

  let device: I2CDevice
  let variant: Variant

  mutating func start() throws(SensorError) {
    let found = try device.transfer(write: [Register.identity], read: 4)
    guard found == Self.identity else {
      throw device.wrongChip(variant.chip.name, "IDs \(hex(Self.identity))", asked: Register.identity, found: found)
    }
    try device.write([Register.reset, Self.softReset])
    device.bus.pause(Self.resetTime)
    try device.write([Register.interrupts, Self.dataReady])
  }

  func sample() throws(SensorError) -> Sample {
    try device.write([Register.measurement, Self.trigger])
    device.bus.pause(Self.measuringTime)
    try waitForData()
    return try variant.decode(device.transfer(write: [Register.temperature], read: 4))
  }

  private func waitForData() throws(SensorError) {
    try device.poll(every: Self.poll.step, limit: Self.poll.limit) { () throws(SensorError) -> Void? in
      let status = try device.byte(at: Register.status)
      guard status & Self.reservedStatus == 0 else {
        throw .malformed("reserved bits of the \(variant.chip.name)'s status are set", bytes: [status])
      }
      return status & Self.dataReady == 0 ? nil : ()
    }
  }
}

extension HDC20xx.Variant {
  private static let humidity = Linear(offset: 0, span: 100_000_000, bits: 16)
  private static let mask: UInt16 = 0xFFFC

  /// Low byte first: T = offset + 165 x raw / 65536 °C, RH = 100 x raw / 65536 %.
  func decode(_ reply: [UInt8]) throws(SensorError) -> Sample {
    let words = [UInt16(reply[1]) << 8 | UInt16(reply[0]), UInt16(reply[3]) << 8 | UInt16(reply[2])]
    let (raw, wet) = (words[0] & Self.mask, words[1] & Self.mask)
    guard raw != 0x0000, words[0] != 0xFFFF else {
      throw .malformed("a temperature of zeros or ones: a dead line", bytes: reply)
    }
    guard wet != 0x0000 else { throw .malformed("the \(chip.name) has not measured the humidity", bytes: reply) }
    let celsius = Temperature(microcelsius: temperature(UInt32(raw)))
    let humidity = RelativeHumidity(micropercent: Self.humidity(UInt32(wet)))
    return Sample(
      [.temperature(try ClosedRange.celsius(-40...125).admit(celsius)), .humidity(humidity)],
      quality: wet == Self.mask ? .suspect : .good)
  }

  static let hdc2010 = HDC20xx.Variant(
    chip: ChipFacts(
      name: "hdc2010", parts: ["HDC2010", "HDC2021", "HDC2022"], source: "TI HDC2010 SNAS693D, section 7.6",
      addresses: [0x40...0x41]),
    temperature: Linear(offset: -40_000_000, span: 165_000_000, bits: 16))

  /// Since its revision of July 2021 the datasheet subtracts 40.5 °C, and 0.08 °C for each volt of supply above 1.8 V:
  /// 40.62 °C at the 3.3 V of a board's pins.
  static let hdc2080 = HDC20xx.Variant(
    chip: ChipFacts(
      name: "hdc2080", parts: ["HDC2080"], source: "TI HDC2080 SNAS678C, section 8.6, at a supply of 3.3 V",
      addresses: [0x40...0x41]),
    temperature: Linear(offset: -40_620_000, span: 165_000_000, bits: 16))
}

extension HDC20xx {
  static let chips = [Variant.hdc2010, .hdc2080].map { variant in
    Chip.i2c(variant.chip, measures: [.temperature, .humidity]) { device, _ in HDC20xx(device: device, variant: variant)
    }
  }
}
