import Telemetry

/// SHT30, SHT31 and SHT35: humidity and temperature, each word with a checksum.
///
/// Source: Sensirion, Datasheet SHT3x-DIS, version 5 (May 2018): commands 4.3 (table 9), reading out 4.4, break 4.8,
/// reset 4.9, status 4.11 (tables 17 and 18), checksum 4.12, formulas 4.13, times in table 4.
///
/// The driver makes single measurements without clock stretching, which a Raspberry Pi's bus does not tolerate: the
/// chip does not acknowledge until it is done. There is no ID register. The checksum of the status word, and its bit
/// "reset detected" right after a reset, show that an SHT3x answers.
struct SHT3x: Sensor {
  enum Command {
    static let stopPeriodic: [UInt8] = [0x30, 0x93]
    static let softReset: [UInt8] = [0x30, 0xA2]
    static let status: [UInt8] = [0xF3, 0x2D]
  }

  /// The times of table 4 for a supply below 2.4 V, rounded up.
  static func measurement(_ repeatability: String?) -> Sensirion.Measurement {
    switch repeatability {
    case "medium": .init(command: [0x24, 0x0B], duration: .milliseconds(7))
    case "low": .init(command: [0x24, 0x16], duration: .milliseconds(5))
    default: .init(command: [0x24, 0x00], duration: .milliseconds(16))
    }
  }

  private static let resetTime = Duration.milliseconds(2)
  private static let resetDetected: UInt16 = 1 << 4
  /// Status bits that are reserved and read as zero.
  private static let reserved: UInt16 = 0b0101_0000_0000_1100

  let device: I2CDevice
  let measurement: Sensirion.Measurement

  mutating func start() throws(SensorError) {
    // The chip accepts a reset only when idle, so a periodic measurement has to be stopped first.
    try device.write(Command.stopPeriodic)
    device.bus.pause(.milliseconds(1))
    try device.write(Command.softReset)
    device.bus.pause(Self.resetTime)
    let reply = try device.transfer(write: Command.status, read: 3)
    let status = try Sensirion.words(in: reply)[0]
    guard status & Self.resetDetected != 0, status & Self.reserved == 0 else {
      throw .wrongChip(expected: "SHT3x, status with bit 4 set after a reset", found: reply)
    }
  }

  func sample() throws(SensorError) -> Sample {
    try Sample(Self.decode(Sensirion.measure(measurement, with: device)))
  }

  /// RH = 100 x raw / 65535 %.
  static func decode(_ reply: [UInt8]) throws(SensorError) -> [Quantity] {
    let words = try Sensirion.words(in: reply)
    let humidity = RelativeHumidity(micropercent: Sensirion.fraction(words[1], of: 100_000_000))
    return [try Sensirion.temperature(words[0]), .humidity(humidity)]
  }
}

extension SHT3x {
  static let chips = [
    Chip.i2c(
      ChipFacts(
        name: "sht3x", parts: ["SHT30", "SHT31", "SHT35"],
        source: "Sensirion Datasheet SHT3x-DIS, version 5 (May 2018)",
        addresses: [0x44...0x45]),
      measures: [.temperature, .humidity], options: [Sensirion.repeatability]
    ) { device, options in SHT3x(device: device, measurement: measurement(options.text("repeatability"))) }
  ]
}
