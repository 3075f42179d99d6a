import Telemetry

/// The text of `w1_slave`, in which w1_therm shows a scratchpad.
enum OneWireScratchpad {
  /// A DS18B20's text. `isPowerOn`: it has not converted. `isGarbled`: a bit was flipped in transit, so that the
  /// kernel's check says NO.
  static func text(_ sixteenths: Int64, isPowerOn: Bool, isGarbled: Bool) -> String {
    let raw = UInt16(bitPattern: Int16(clamping: sixteenths))
    // The count remaining within a degree, in sixteenths.
    let remainder = isPowerOn ? 0x0C : 0x10 - UInt8(raw & 0x0F)
    let bytes: [UInt8] = [UInt8(raw & 0xFF), UInt8(raw >> 8), 0x4B, 0x46, 0x7F, 0xFF, remainder, 0x10]
    return text(bytes, milli: sixteenths * 1_000 / 16, isGarbled: isGarbled)
  }

  /// `data`: the scratchpad without its checksum.
  static func text(_ data: [UInt8], milli: Int64, isGarbled: Bool) -> String {
    var bytes = data + [checksum(data)]
    if isGarbled { bytes[0] ^= 0x10 }
    let shown = bytes.hexadecimal(separator: " ")
    let computed = checksum(Array(bytes.dropLast()))
    return "\(shown) : crc=\(String(computed, radix: 16, padded: 2)) \(computed == bytes[8] ? "YES" : "NO")\n"
      + "\(shown) t=\(milli)\n"
  }

  /// x^8 + x^5 + x^4 + 1, low bits first.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 {
    var register: UInt8 = 0
    for byte in bytes {
      for bit in 0..<8 {
        let feedback = (register ^ byte >> UInt8(bit)) & 1
        register = register >> 1 ^ (feedback == 1 ? 0x8C : 0)
      }
    }
    return register
  }
}
