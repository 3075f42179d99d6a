import Telemetry

/// Common to Sensirion's chips: replies of 16-bit words, high byte first, each with its checksum, and the temperature
/// formula of SHT3x and SHT4x.
enum Sensirion {
  /// A single measurement: its command, and its maximum duration.
  struct Measurement: Sendable {
    let command: [UInt8]
    let duration: Duration
  }

  /// Measures once, without clock stretching: the chip does not acknowledge until it is done.
  static func measure(_ measurement: Measurement, with device: I2CDevice) throws(SensorError) -> [UInt8] {
    try device.write(measurement.command)
    device.bus.pause(measurement.duration)
    return try device.readWhenReady(6, every: .milliseconds(2), limit: .milliseconds(10))
  }

  /// The words of a reply, with their checksums verified.
  static func words(in reply: [UInt8]) throws(SensorError) -> [UInt16] {
    guard reply.count.isMultiple(of: 3) else {
      throw .malformed("a reply that is not made of words with checksums", bytes: reply)
    }
    var words: [UInt16] = []
    for start in stride(from: 0, to: reply.count, by: 3) {
      let bytes = Array(reply[start..<start + 2])
      let computed = CRC8.sensirion(bytes)
      guard computed == reply[start + 2] else {
        throw .checksum(received: reply[start + 2], computed: computed, bytes: bytes)
      }
      words.append(UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    }
    return words
  }

  /// T = -45 + 175 x raw / 65535 °C. Throws outside the range that both chips are specified for.
  static func temperature(_ raw: UInt16) throws(SensorError) -> Quantity {
    let temperature = Temperature(microcelsius: -45_000_000 + fraction(raw, of: 175_000_000))
    return .temperature(try ClosedRange.celsius(-40...125).admit(temperature))
  }

  /// `span` x raw / 65535 in millionths, rounded to the nearest thousandth of the unit. One step of the chip is
  /// 0.0027 °C or 0.0015 %, so more digits would only suggest precision.
  static func fraction(_ raw: UInt16, of span: Int64) -> Int64 { (span / 1_000 * Int64(raw) + 32_767) / 65_535 * 1_000 }

  /// The repeatability of one measurement. A longer measurement has less noise.
  static let repeatability = DriverOption(
    "repeatability", .choice(["high", "medium", "low"]),
    meaning: "how much noise one measurement may have: high repeatability (the default) takes longest")
}
