import Telemetry

/// SHT20, SHT21, SHT25 and their successors: HTU21D, Si7006, Si7013, Si7020, Si7021.
///
/// Sources, by chip, in `SHT2xVariant`. In Sensirion's SHT21 datasheet, version 4: commands in table 6, measuring
/// without holding the bus 5.4, soft reset 5.5, user register table 8, formulas 6.1 and 6.2. The Si7021's data sheet
/// has the same in sections 5.1 to 5.5. The serial number is in Sensirion's application note on the SHT2x's electronic
/// identification code. Its layout, and that chips of all these makers answer it, was checked against enjoyneering's
/// library for the three families.
///
/// The driver uses only the commands without clock stretching, which a Raspberry Pi's bus does not tolerate. The chip
/// does not acknowledge until it is done.
///
/// Each word has a checksum, but the checksum of a zero word is zero: the reading of a shorted data line passes. So a
/// serial number of zeros is refused, and a temperature of zeros lies outside the range. A humidity has bit 1 set,
/// which says which of the two was measured.
struct SHT2xFamily: Sensor {
  enum Command {
    static let temperature: UInt8 = 0xF3
    static let humidity: UInt8 = 0xF5
    static let readUserRegister: UInt8 = 0xE7
    static let writeUserRegister: UInt8 = 0xE6
    static let softReset: UInt8 = 0xFE
    /// Reads the second half of the serial number. Its first three bytes are enough: the makers differ in the checksum
    /// after them.
    static let serialNumber: [UInt8] = [0xFC, 0xC9]
  }

  /// Bits of the user register.
  private enum User {
    /// Resolution (bits 7 and 0, both zero: 12 bits and 14 bits) and "do not reload" (bit 1), which is one after a
    /// reset.
    static let fixed: UInt8 = 0b1000_0011
    static let fixedValue: UInt8 = 0b0000_0010
    static let heater: UInt8 = 0b0000_0100
  }

  private static let resetTime = Duration.milliseconds(20)
  /// Bit 1 of a word: set for a humidity. Bit 0 has no meaning.
  private static let humidityFlag: UInt16 = 0b10
  private static let temperature = Linear(offset: -46_850_000, span: 175_720_000, bits: 16)
  private static let humidity = Linear(offset: -6_000_000, span: 125_000_000, bits: 16)

  let device: I2CDevice
  let variant: SHT2xVariant

  mutating func start() throws(SensorError) {
    try device.write([Command.softReset])
    device.bus.pause(Self.resetTime)
    try proveIdentity()
    try switchHeaterOff()
  }

  func sample() throws(SensorError) -> Sample {
    let temperature = try Self.decodeTemperature(measure(Command.temperature, lasting: variant.temperatureTime))
    let humidity = try Self.decodeHumidity(measure(Command.humidity, lasting: variant.humidityTime))
    return Sample([temperature, humidity])
  }

  private func proveIdentity() throws(SensorError) {
    let reply = try device.transfer(write: Command.serialNumber, read: 3)
    let word = try Self.word(in: reply)
    let isExpected = variant.identities?.contains(reply[0]) ?? (word != 0)
    guard isExpected else {
      let expected = variant.identities.map { "\(variant.chip.name), identity \(hex($0))" } ?? "a serial number"
      throw .wrongChip(expected: expected, found: reply)
    }
  }

  /// The heater is the only setting that survives a reset. Reserved bits are written back as found.
  private func switchHeaterOff() throws(SensorError) {
    let found = try userRegister()
    guard found & User.heater != 0 else { return }
    try device.write([Command.writeUserRegister, found & ~User.heater])
    let kept = try userRegister()
    guard kept & User.heater == 0 else { throw .malformed("the heater stays on", bytes: [kept]) }
  }

  private func userRegister() throws(SensorError) -> UInt8 {
    let reply = try device.transfer(write: [Command.readUserRegister], read: 1)
    guard reply[0] & User.fixed == User.fixedValue else {
      throw .wrongChip(
        expected: "\(variant.chip.name), user register with bits 7 and 0 zero and bit 1 one", found: reply)
    }
    return reply[0]
  }

  private func measure(_ command: UInt8, lasting time: Duration) throws(SensorError) -> [UInt8] {
    try device.write([command])
    device.bus.pause(time)
    return try device.readWhenReady(3, every: .milliseconds(5), limit: .milliseconds(50))
  }
}

extension SHT2xFamily {
  /// The word of a reply, with its checksum verified.
  private static func word(in reply: [UInt8]) throws(SensorError) -> UInt16 {
    let bytes = Array(reply.prefix(2))
    let computed = CRC8.sensirion(bytes, startingWith: 0)
    guard computed == reply[2] else { throw .checksum(received: reply[2], computed: computed, bytes: bytes) }
    return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
  }

  /// T = -46.85 + 175.72 x raw / 65536 °C, with the two low bits taken as zero.
  static func decodeTemperature(_ reply: [UInt8]) throws(SensorError) -> Quantity {
    let raw = try word(in: reply)
    guard raw & humidityFlag == 0 else { throw .malformed("a humidity in place of a temperature", bytes: reply) }
    let value = Temperature(microcelsius: temperature(UInt32(raw & 0xFFFC)))
    return .temperature(try ClosedRange.celsius(-40...125).admit(value))
  }

  /// RH = -6 + 125 x raw / 65536 %, cropped to 0 … 100: the formula overshoots at both ends.
  static func decodeHumidity(_ reply: [UInt8]) throws(SensorError) -> Quantity {
    let raw = try word(in: reply)
    guard raw & humidityFlag != 0 else { throw .malformed("a temperature in place of a humidity", bytes: reply) }
    return try .humidity(cropping: humidity(UInt32(raw & 0xFFFC)))
  }

  static let chips = [SHT2xVariant.sht2x, .htu21d, .si70xx].map { variant in
    Chip.i2c(variant.chip, measures: [.temperature, .humidity]) { device, _ in
      SHT2xFamily(device: device, variant: variant)
    }
  }
}
