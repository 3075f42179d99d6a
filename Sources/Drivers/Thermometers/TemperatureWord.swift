import Telemetry

/// The layout of a temperature in 16 bits, in two's complement.
struct TemperatureWord: Sendable {
  /// The bits of the temperature, without gaps. The others are flags, zero, or undefined.
  var bits: UInt16 = 0xFFFF
  /// Bits that the datasheet gives as zero.
  var zeroBits: UInt16 = 0
  /// The content before the first conversion, if that is no temperature.
  var powerOn: UInt16?
  /// Microdegrees Celsius per step of the word with its temperature at the top, as a fraction.
  let step: (numerator: Int64, denominator: Int64)
  let range: ClosedRange<Temperature>

  /// Whether the temperature is zero, whatever the bits beside it are.
  func isZero(_ word: UInt16) -> Bool { word & bits == 0 }

  func decode(_ word: UInt16, of name: String) throws(SensorError) -> Temperature {
    guard word & zeroBits == 0 else {
      throw .malformed(
        "unused bits of the \(name)'s temperature are set", bytes: [UInt8(word >> 8), UInt8(word & 0xFF)])
    }
    let raw = Int64(Int16(bitPattern: (word & bits) << bits.leadingZeroBitCount))
    let temperature = Temperature(microcelsius: raw * step.numerator / step.denominator)
    if word == powerOn { throw .powerOnValue(.temperature(temperature)) }
    return try range.admit(temperature)
  }
}
