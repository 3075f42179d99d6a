import Telemetry

/// HDC1080 and HDC1008 with their relatives: humidity and temperature in one measurement, without a checksum.
///
/// Sources: TI, HDC1080, SNAS672A (January 2016): measuring in section 8.5, times in 7.5, registers and formulas in
/// 8.6. TI, HDC1008, SNAS649. Linux hdc100x driver; the device IDs were checked against RIOT's hdc1000 driver and
/// ClosedCube's libraries for HDC1010 and HDC1080.
///
/// Writing the pointer 00 starts both measurements, one after the other; the chip does not acknowledge until they are
/// done. The two low bits of each word are always zero, so all ones cannot pass for a reading. A temperature of all
/// zeros counts as a dead line: a true -40 °C to the last bit is too unlikely to take the risk.
struct HDC10xx: Sensor {
  enum Register {
    static let temperature: UInt8 = 0x00
    static let configuration: UInt8 = 0x02
    static let manufacturer: UInt8 = 0xFE
    static let device: UInt8 = 0xFF
  }

  struct Variant: Sendable {
    let chip: ChipFacts
    let identity: UInt16
  }

  private static let texasInstruments: UInt16 = 0x5449
  /// Bit 15 of the configuration. A reset takes as long as a power-on.
  private static let reset: [UInt8] = [0x80, 0x00]
  private static let resetTime = Duration.milliseconds(20)
  /// Both quantities at once (bit 12), each with 14 bits (10:8), heater off (13).
  private static let configuration: UInt16 = 0x1000
  /// Bit 11 reports a low supply and is read-only.
  private static let configurationMask: UInt16 = 0xF7FF
  /// 6.35 ms and 6.5 ms for the two measurements.
  private static let measuringTime = Duration.milliseconds(15)
  private static let temperature = Linear(offset: -40_000_000, span: 165_000_000, bits: 16)
  private static let humidity = Linear(offset: 0, span: 100_000_000, bits: 16)

  let device: I2CDevice
  let variant: Variant

  mutating func start() throws(SensorError) {
    try prove(Register.manufacturer, Self.texasInstruments, "manufacturer ID 54 49")
    try prove(Register.device, variant.identity, "device ID \(hex(bytes(variant.identity)))")
    try device.write([Register.configuration] + Self.reset)
    device.bus.pause(Self.resetTime)
    try device.write([Register.configuration] + bytes(Self.configuration))
    try prove(Register.configuration, Self.configuration, "configuration 10 00", mask: Self.configurationMask)
  }

  func sample() throws(SensorError) -> Sample {
    try device.write([Register.temperature])
    device.bus.pause(Self.measuringTime)
    return try Self.decode(device.readWhenReady(4, every: .milliseconds(5), limit: .milliseconds(25)))
  }

  private func prove(
    _ register: UInt8, _ value: UInt16, _ meaning: String, mask: UInt16 = 0xFFFF
  ) throws(SensorError) {
    let found = try device.word(at: register)
    guard found & mask == value else {
      throw device.wrongChip(variant.chip.name, meaning, asked: register, found: bytes(found))
    }
  }

  private func bytes(_ word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(word & 0xFF)] }

  /// T = -40 + 165 x raw / 65536 °C, RH = 100 x raw / 65536 %. Every 14-bit word is within the chip's range. There is
  /// no checksum, so a humidity at either end of the scale may also come from a dead line: it is suspect.
  static func decode(_ reply: [UInt8]) throws(SensorError) -> Sample {
    let words = [UInt16(reply[0]) << 8 | UInt16(reply[1]), UInt16(reply[2]) << 8 | UInt16(reply[3])]
    guard (words[0] | words[1]) & 0b11 == 0 else {
      throw .malformed("the two low bits of a word are not zero", bytes: reply)
    }
    guard words[0] != 0 else { throw .malformed("a temperature of zeros: a dead line", bytes: reply) }
    return Sample(
      [
        .temperature(Temperature(microcelsius: temperature(UInt32(words[0])))),
        .humidity(RelativeHumidity(micropercent: humidity(UInt32(words[1])))),
      ], quality: words[1] == 0 || words[1] == 0xFFFC ? .suspect : .good)
  }
}

extension HDC10xx.Variant {
  static let hdc1080 = HDC10xx.Variant(
    chip: ChipFacts(
      name: "hdc1080", parts: ["HDC1050", "HDC1080"], source: "TI HDC1080 SNAS672A, sections 8.5 and 8.6",
      addresses: [0x40...0x40]),
    identity: 0x1050)

  static let hdc1008 = HDC10xx.Variant(
    chip: ChipFacts(
      name: "hdc1008", parts: ["HDC1000", "HDC1008", "HDC1010"], source: "TI HDC1008 SNAS649; Linux hdc100x driver",
      addresses: [0x40...0x43]),
    identity: 0x1000)
}

extension HDC10xx {
  static let chips = [Variant.hdc1080, .hdc1008].map { variant in
    Chip.i2c(variant.chip, measures: [.temperature, .humidity]) { device, _ in HDC10xx(device: device, variant: variant)
    }
  }
}
