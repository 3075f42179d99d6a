import Telemetry

/// The two lines of `w1_slave`:
///
///     a3 01 4b 46 7f ff 0c 10 1c : crc=1c YES
///     a3 01 4b 46 7f ff 0c 10 1c t=26187
///
/// The second line keeps an old value when the checksum was wrong, so it counts only after YES.
struct OneWireReport {
  let temperature: Temperature
  /// The nine bytes of the scratchpad.
  let scratchpad: [UInt8]

  init(_ bytes: [UInt8]) throws(SensorError) {
    guard !bytes.isEmpty else { throw .malformed("w1_slave is empty: the sensor did not answer", bytes: []) }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard lines.count == 2, let verdict = lines[0].split(separator: " ").last,
      let scratchpad = Self.scratchpad(lines[0])
    else { throw .malformed("w1_slave is not as the kernel writes it", bytes: bytes) }
    guard verdict == "YES" else { throw Self.refused(lines[0], scratchpad: scratchpad) }
    guard let text = lines[1].split(separator: " ").last, text.hasPrefix("t="),
      let number = SysfsNumber(Array(text.utf8.dropFirst(2))), let micros = number.micros()
    else { throw .malformed("w1_slave has no temperature", bytes: bytes) }
    temperature = Temperature(microcelsius: micros)
    self.scratchpad = scratchpad
  }

  private static func scratchpad(_ line: Substring) -> [UInt8]? {
    let bytes = line.split(separator: " ").prefix(9).compactMap { UInt8($0, radix: 16) }
    return bytes.count == 9 ? bytes : nil
  }

  /// The error for a line that ends in NO: a checksum error as far as the line shows it.
  private static func refused(_ line: Substring, scratchpad: [UInt8]) -> SensorError {
    let computed = line.split(separator: " ").first { $0.hasPrefix("crc=") }.flatMap {
      UInt8($0.dropFirst(4), radix: 16)
    }
    guard let computed, computed != scratchpad[8] else {
      return .malformed("the kernel's check of the scratchpad says NO", bytes: scratchpad)
    }
    return .checksum(received: scratchpad[8], computed: computed, bytes: Array(scratchpad.dropLast()))
  }
}
