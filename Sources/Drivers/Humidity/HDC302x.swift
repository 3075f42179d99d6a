import Telemetry

/// HDC3020, HDC3021 and HDC3022: humidity and temperature, each word with a checksum.
///
/// Source: TI, HDC302x, SNAS778D (July 2024): times in section 6.5, commands in table 7-4 (measuring on demand, leaving
/// the automatic mode, soft reset, manufacturer ID), checksum in 7.3.9. Linux hdc3020 driver. Words, checksums and
/// formulas are those of the SHT3x.
///
/// The chip does not acknowledge until it is done. An automatic measurement is stopped first. Then the driver reads the
/// ID, with a command that an SHT3x does not know. Offsets stored in the chip are left unchanged.
struct HDC302x: Sensor {
  enum Command {
    static let stopAutomatic: [UInt8] = [0x30, 0x93]
    static let manufacturer: [UInt8] = [0x37, 0x81]
    static let softReset: [UInt8] = [0x30, 0xA2]
  }

  private static let texasInstruments: UInt16 = 0x3000
  private static let resetTime = Duration.milliseconds(5)
  /// The mode with the least noise; it takes at most 14.2 ms.
  private static let measurement = Sensirion.Measurement(command: [0x24, 0x00], duration: .milliseconds(15))

  let device: I2CDevice

  mutating func start() throws(SensorError) {
    try device.write(Command.stopAutomatic)
    device.bus.pause(.milliseconds(1))
    let reply = try device.transfer(write: Command.manufacturer, read: 3)
    guard try Sensirion.words(in: reply)[0] == Self.texasInstruments else {
      throw .wrongChip(expected: "HDC302x, manufacturer ID 30 00", found: reply)
    }
    try device.write(Command.softReset)
    device.bus.pause(Self.resetTime)
  }

  func sample() throws(SensorError) -> Sample {
    Sample(try SHT3x.decode(Sensirion.measure(Self.measurement, with: device)))
  }
}

extension HDC302x {
  static let chips = [
    Chip.i2c(
      ChipFacts(
        name: "hdc302x", parts: ["HDC3020", "HDC3021", "HDC3022"], source: "TI HDC302x SNAS778D (July 2024)",
        addresses: [0x44...0x47]),
      measures: [.temperature, .humidity]
    ) { device, _ in HDC302x(device: device) }
  ]
}
