import Telemetry

extension AHT {
  /// The differences between the generations.
  struct Variant: Sendable {
    let chip: ChipFacts
    let initialise: [UInt8]
    let hasChecksum: Bool
    let range: ClosedRange<Temperature>
  }
}

extension AHT.Variant {
  private static let temperature = Linear(offset: -50_000_000, span: 200_000_000, bits: 20)
  private static let humidity = Linear(offset: 0, span: 100_000_000, bits: 20)

  /// RH = 100 x raw / 2^20 %, T = -50 + 200 x raw / 2^20 °C. The humidity is in the 20 bits after the status, the
  /// temperature in the next 20. A broken sensing element gives a humidity of all zeros or all ones, with a correct
  /// temperature and a correct checksum. That value is suspect, not refused, because very dry or wet air can give it
  /// too.
  func decode(_ reply: [UInt8]) throws(SensorError) -> Sample {
    guard reply.contains(where: { $0 != 0 }) else {
      throw .malformed("nothing but zeros from the \(chip.name): a shorted data line", bytes: reply)
    }
    if hasChecksum {
      let bytes = Array(reply.prefix(6))
      let computed = CRC8.sensirion(bytes)
      guard computed == reply[6] else { throw .checksum(received: reply[6], computed: computed, bytes: bytes) }
    }
    guard reply[0] & AHT.Status.calibrated != 0 else {
      throw .malformed("the \(chip.name) has no calibration: it lost its power", bytes: reply)
    }
    let bits = reply[1...5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let temperature = Temperature(microcelsius: Self.temperature(UInt32(bits & 0xF_FFFF)))
    let wet = UInt32(bits >> 20)
    let humidity = RelativeHumidity(micropercent: Self.humidity(wet))
    return Sample(
      [.temperature(try range.admit(temperature)), .humidity(humidity)],
      quality: wet == 0 || wet == 0xF_FFFF ? .suspect : .good)
  }
}

extension AHT.Variant {
  static let aht10 = AHT.Variant(
    chip: ChipFacts(
      name: "aht10", parts: ["AHT10", "AHT15"], source: "Aosong AHT10 technical manual, draft 0c; Linux aht10 driver",
      addresses: [0x38...0x39]),
    initialise: [0xE1, 0x08, 0x00], hasChecksum: false, range: .celsius(-40...85))

  /// The range is that of the AHT21, the widest of these chips.
  static let aht20 = AHT.Variant(
    chip: ChipFacts(
      name: "aht20", parts: ["AHT20", "AHT21", "DHT20", "AM2301B"],
      source: "Aosong AHT20 product manuals, version 1.1 (April 2020); DHT20 data sheet, version 1.0 (May 2021)",
      addresses: [0x38...0x38]),
    initialise: [0xBE, 0x08, 0x00], hasChecksum: true, range: .celsius(-40...120))
}
