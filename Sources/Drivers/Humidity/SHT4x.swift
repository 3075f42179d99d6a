import Telemetry

/// SHT40, SHT41 and SHT45: humidity and temperature, each word with a checksum.
///
/// Source: Sensirion, Datasheet SHT4x, version 6 (February 2023): times in section 3 (electrical specifications),
/// commands, formulas, serial number and reset in section 4 (sensor operation). The command bytes were checked against
/// Adafruit's SHT4x library.
///
/// The chip can be identified only by its serial number. The number is arbitrary, but its checksums show a chip of
/// this kind. The heater commands are never sent.
struct SHT4x: Sensor {
  enum Command {
    static let softReset: UInt8 = 0x94
    static let serialNumber: UInt8 = 0x89
  }

  /// The maximum durations, rounded up.
  static func measurement(_ repeatability: String?) -> Sensirion.Measurement {
    switch repeatability {
    case "medium": .init(command: [0xF6], duration: .milliseconds(5))
    case "low": .init(command: [0xE0], duration: .milliseconds(2))
    default: .init(command: [0xFD], duration: .milliseconds(10))
    }
  }

  let device: I2CDevice
  let measurement: Sensirion.Measurement

  mutating func start() throws(SensorError) {
    try device.write([Command.softReset])
    device.bus.pause(.milliseconds(2))
    try device.write([Command.serialNumber])
    device.bus.pause(.milliseconds(1))
    let reply = try device.readWhenReady(6, every: .milliseconds(1), limit: .milliseconds(5))
    _ = try Sensirion.words(in: reply)
  }

  func sample() throws(SensorError) -> Sample {
    try Sample(Self.decode(Sensirion.measure(measurement, with: device)))
  }

  /// RH = -6 + 125 x raw / 65535 %, cropped to 0 … 100 as the datasheet advises: the formula overshoots at both ends
  /// to keep its precision there.
  static func decode(_ reply: [UInt8]) throws(SensorError) -> [Quantity] {
    let words = try Sensirion.words(in: reply)
    let humidity = -6_000_000 + Sensirion.fraction(words[1], of: 125_000_000)
    return [
      try Sensirion.temperature(words[0]),
      try .humidity(cropping: humidity),
    ]
  }
}

extension SHT4x {
  static let chips = [
    Chip.i2c(
      ChipFacts(
        name: "sht4x", parts: ["SHT40", "SHT41", "SHT45"],
        source: "Sensirion Datasheet SHT4x, version 6 (February 2023)",
        addresses: [0x44...0x46]),
      measures: [.temperature, .humidity], options: [Sensirion.repeatability]
    ) { device, options in SHT4x(device: device, measurement: measurement(options.text("repeatability"))) }
  ]
}
