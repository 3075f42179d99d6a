/// The differences between the chips of the SHT2x family.
struct SHT2xVariant: Sendable {
  let chip: ChipFacts
  /// First byte of the second half of the serial number, if the maker specifies it; nil: any.
  let identities: [UInt8]?
  /// The longest conversions, rounded up: 14 bits of temperature, 12 bits of humidity.
  let temperatureTime: Duration
  let humidityTime: Duration
}

extension SHT2xVariant {
  /// The serial number can be any number: only its checksum can be verified.
  static let sht2x = SHT2xVariant(
    chip: ChipFacts(
      name: "sht2x", parts: ["SHT20", "SHT21", "SHT25"], source: "Sensirion Datasheet SHT21, version 4 (May 2014)",
      addresses: [0x40...0x40]),
    identities: nil, temperatureTime: .milliseconds(85), humidityTime: .milliseconds(29))

  /// Boards are sold under this name with any chip of the family on them, so only the checksum is verified.
  static let htu21d = SHT2xVariant(
    chip: ChipFacts(
      name: "htu21d", parts: ["HTU20D", "HTU21D"],
      source: "Measurement Specialties HTU21D(F) datasheet, version 3 (October 2013)", addresses: [0x40...0x40]),
    identities: nil, temperatureTime: .milliseconds(50), humidityTime: .milliseconds(16))

  /// A humidity measurement includes a temperature measurement: 12 ms + 10.8 ms. Si7013 has a second address.
  static let si70xx = SHT2xVariant(
    chip: ChipFacts(
      name: "si70xx", parts: ["Si7006", "Si7013", "Si7020", "Si7021"],
      source: "Silicon Labs Si7021-A20 data sheet, revision 1.2, sections 5.1-5.5; Si7013-A20",
      addresses: [0x40...0x41]),
    identities: [0x06, 0x0D, 0x14, 0x15], temperatureTime: .milliseconds(11), humidityTime: .milliseconds(23))
}
