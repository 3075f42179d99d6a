import Telemetry

/// MAX31850 and MAX31851: a thermocouple on a 1-Wire bus, and the temperature of the chip itself.
///
/// Source: Maxim MAX31850/MAX31851 data sheet (19-5996 rev. 0), scratchpad. Bytes 00 and 01 are the thermocouple in
/// quarters of a degree from bit 2 on; bit 0 is set for any fault. Bytes 02 and 03 are the chip in sixteenths from
/// bit 4 on; bits 2:0 mean shorted to the supply, shorted to ground, open. Byte 04 is the configuration.
///
/// The chip shares its family (3B) with the DS1825. Bit 7 of the configuration is one in a MAX31850 and zero in a
/// DS1825, by which the DallasTemperature library and Linux tell them apart.
///
/// The kernel has supported the chip only since 5.18, and takes it for another one before that. It never shows the
/// chip's own temperature. The scratchpad is therefore decoded here, from `w1_slave`, which starts a conversion and
/// blocks for 100 ms or more.
struct MAX31850: Sensor {
  static let family = "3b"
  private static let mark: UInt8 = 0x80
  /// Covers all thermocouples that the chip is made for; R and S go up to 1768 °C.
  private static let hot = ClosedRange.celsius(-270...1800)
  private static let cold = ClosedRange.celsius(-55...125)

  let sysfs: any Sysfs
  let device: String
  let isInternal: Bool

  private var path: String { "\(OneWireThermometer.directory)/\(device)/w1_slave" }

  mutating func start() throws(SensorError) {
    _ = try OneWireThermometer.find(device, sysfs)
    _ = try scratchpad()
  }

  func sample() throws(SensorError) -> Sample {
    let scratchpad = try scratchpad()
    return Sample([.temperature(try isInternal ? Self.internalTemperature(scratchpad) : Self.temperature(scratchpad))])
  }

  private func scratchpad() throws(SensorError) -> [UInt8] {
    let scratchpad = try OneWireReport(sysfs.attribute(path)).scratchpad
    guard scratchpad.contains(where: { $0 != 0 }) else {
      throw .malformed("the scratchpad is all zeros: the data line is shorted", bytes: scratchpad)
    }
    guard Self.isOne(scratchpad) else {
      let expected = "max31850, configuration with bit 7 set"
      throw .anotherChip(expected: expected, found: [scratchpad[4]], drivers: ["ds18b20"])
    }
    return scratchpad
  }

  /// Whether this scratchpad is from a MAX31850 or MAX31851, and not from a DS1825.
  static func isOne(_ scratchpad: [UInt8]) -> Bool { scratchpad[4] & mark != 0 }

  private static func word(_ scratchpad: [UInt8], _ index: Int) -> Int16 {
    Int16(bitPattern: UInt16(scratchpad[index + 1]) << 8 | UInt16(scratchpad[index]))
  }

  static func temperature(_ scratchpad: [UInt8]) throws(SensorError) -> Temperature {
    guard scratchpad[0] & 0x01 == 0 else { throw .malformed(fault(scratchpad), bytes: scratchpad) }
    return try hot.admit(Temperature(microcelsius: Int64(word(scratchpad, 0) >> 2) * 250_000))
  }

  /// The chip's own temperature, which is valid even if the thermocouple is open.
  static func internalTemperature(_ scratchpad: [UInt8]) throws(SensorError) -> Temperature {
    try cold.admit(Temperature(microcelsius: Int64(word(scratchpad, 2) >> 4) * 62_500))
  }

  private static func fault(_ scratchpad: [UInt8]) -> String {
    let faults: [(UInt8, String)] = [
      (0x01, "is open"), (0x02, "is shorted to ground"), (0x04, "is shorted to the supply"),
    ]
    let found = faults.filter { scratchpad[2] & $0.0 != 0 }.map(\.1)
    return "the thermocouple \(found.isEmpty ? "has a fault" : found.joined(separator: ", and "))"
  }
}

extension MAX31850 {
  private static let channels = ChipChannels(
    option: "channel", names: ["thermocouple", "internal"], usual: "thermocouple")

  static let chips = [
    Chip(
      name: "max31850", parts: ["MAX31850", "MAX31851"], measures: [.temperature],
      source: "Maxim MAX31850/MAX31851 (19-5996); Linux, Documentation/w1/slaves/w1_therm",
      minimumInterval: .seconds(1),
      options: [
        DriverOption(
          "device", .pattern(example: "3b-0316a2795e3c", accepts: isDevice), required: true,
          meaning: "the chip's name in \(OneWireThermometer.directory)"),
        DriverOption(
          "channel", .choice(["thermocouple", "internal"]),
          meaning: "the thermocouple (the default), or the chip itself; each can be a sensor of its own"),
      ],
      channels: channels,
      place: { options in
        options.text("device").map { .oneWire(device: $0, driver: "max31850", channel: channels.name(in: options)) }
      },
      attachment: .sysfs(bus: "w1") { sysfs, options in
        MAX31850(
          sysfs: sysfs, device: options.text("device") ?? "", isInternal: options.text("channel") == "internal")
      })
  ]

  @Sendable private static func isDevice(_ text: String) -> Bool {
    text.hasPrefix(family + "-") && OneWireThermometer.isDevice(text)
  }
}
