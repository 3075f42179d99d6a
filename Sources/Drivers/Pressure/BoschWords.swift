import Telemetry

/// The words of a calibration in Bosch's chips, low byte first unless stated otherwise.
struct BoschWords {
  let bytes: [UInt8]

  func unsigned16(_ index: Int) -> Int64 { Int64(bytes[index + 1]) << 8 | Int64(bytes[index]) }
  func signed16(_ index: Int) -> Int64 { Int64(Int16(truncatingIfNeeded: unsigned16(index))) }
  func unsigned8(_ index: Int) -> Int64 { Int64(bytes[index]) }
  func signed8(_ index: Int) -> Int64 { Int64(Int8(bitPattern: bytes[index])) }
}

extension Quantity {
  /// A pressure; throws outside the range that Bosch's pressure sensors can measure.
  static func pressure(pascal: Double, upTo highest: Int64 = 1_100) throws(SensorError) -> Quantity {
    let allowed = Pressure(microhectopascal: 300_000_000)...Pressure(microhectopascal: highest * 1_000_000)
    // NaN, and values too large for an Int64, come from a garbage calibration.
    guard pascal.isFinite, abs(pascal) < 1e9 else { throw .malformed("a pressure that is no number", bytes: []) }
    let pressure = Pressure(microhectopascal: Int64((pascal * 10_000).rounded()))
    guard allowed.contains(pressure) else {
      throw .outOfRange(.pressure(pressure), allowed: .pressure(allowed.lowerBound)...(.pressure(allowed.upperBound)))
    }
    return .pressure(pressure)
  }

  static func temperature(celsius: Double, in range: ClosedRange<Temperature>) throws(SensorError) -> Quantity {
    guard celsius.isFinite, abs(celsius) < 1e6 else { throw .malformed("a temperature that is no number", bytes: []) }
    return .temperature(try range.admit(Temperature(microcelsius: Int64((celsius * 1_000_000).rounded()))))
  }

  /// Cropped to 0 … 100 %, as in the datasheets; throws if it is far outside.
  static func humidity(percent: Double) throws(SensorError) -> Quantity {
    guard percent.isFinite, abs(percent) < 1e6 else { throw .malformed("a humidity that is no number", bytes: []) }
    return try .humidity(cropping: Int64((percent * 1_000_000).rounded()))
  }
}

extension I2CDevice {
  /// Reads a chip's calibration twice, because it has no checksum and every sample until the next start depends on it.
  func calibration(at register: UInt8, _ count: Int, of name: String) throws(SensorError) -> [UInt8] {
    let bytes = try block(at: register, count, of: name)
    let again = try block(at: register, count, of: name)
    guard bytes == again else {
      throw .malformed("the \(name)'s calibration is another when it is read again", bytes: again)
    }
    return bytes
  }
}
