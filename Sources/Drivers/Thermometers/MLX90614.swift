import Telemetry

/// MLX90614: the temperature of the object that it points at, and its own. Each word comes with the SMBus checksum over
/// all bytes of the transfer, including the address bytes.
///
/// Source: Melexis MLX90614 family datasheet rev. 008, sections 8.3.4 (RAM), 8.4.3 (bus protocol), 8.4.6 (commands) and
/// 8.7. RAM 06 is ambient, 07 object; EEPROM 1C … 1F (commands 3C … 3F) is the serial number. The EEPROM is never
/// written. The bus must not be faster than 100 kHz.
///
/// The address is in the EEPROM (section 8.4.5). It can be any seven-bit address, and is 5A from the factory. I²C
/// allows chips only 08 … 77 of these.
struct MLX90614: Sensor {
  enum Command {
    static let ambient: UInt8 = 0x06
    static let object: UInt8 = 0x07
    static let serialNumber: [UInt8] = [0x3C, 0x3D]
  }

  let device: I2CDevice
  let isAmbient: Bool

  /// The first values are available 250 ms after power-on.
  mutating func start() throws(SensorError) {
    var words: [UInt16] = []
    for command in Command.serialNumber { words.append(try word(command)) }
    guard words.contains(where: { $0 != 0 && $0 != 0xFFFF }) else {
      throw .wrongChip(
        expected: "mlx90614 with a serial number", found: words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }
    device.bus.pause(.milliseconds(250))
  }

  func sample() throws(SensorError) -> Sample {
    Sample([.temperature(try Self.decode(word(isAmbient ? Command.ambient : Command.object), isAmbient: isAmbient))])
  }

  private func word(_ command: UInt8) throws(SensorError) -> UInt16 {
    let reply = try device.transfer(write: [command], read: 3)
    let address = device.address.value << 1
    let bytes = [address, command, address | 1, reply[0], reply[1]]
    let computed = CRC8.packet(bytes)
    guard computed == reply[2] else { throw .checksum(received: reply[2], computed: computed, bytes: bytes) }
    return UInt16(reply[1]) << 8 | UInt16(reply[0])
  }

  /// raw x 0.02 K. The top bit means that the measurement failed.
  static func decode(_ raw: UInt16, isAmbient: Bool) throws(SensorError) -> Temperature {
    guard raw & 0x8000 == 0 else {
      throw .malformed("the mlx90614 says that its measurement failed", bytes: [UInt8(raw >> 8), UInt8(raw & 0xFF)])
    }
    let range = isAmbient ? ClosedRange.celsius(-40...125) : ClosedRange.celsius(-70...380)
    return try range.admit(Temperature(microcelsius: Int64(raw) * 20_000 - 273_150_000))
  }

  static let chips = [
    Chip.i2c(
      ChipFacts(
        name: "mlx90614", parts: ["MLX90614"],
        source: "Melexis MLX90614 family datasheet rev. 008, sections 8.3.4, 8.4 and 8.7",
        addresses: [I2CAddress.valid]),
      measures: [.temperature],
      options: [
        DriverOption(
          "channel", .choice(["object", "ambient"]),
          meaning: "what it looks at (the default), or the chip itself; each can be a sensor of its own")
      ],
      channels: ChipChannels(option: "channel", names: ["object", "ambient"], usual: "object")
    ) { device, options in MLX90614(device: device, isAmbient: options.text("channel") == "ambient") }
  ]
}
