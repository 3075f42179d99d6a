import Telemetry

/// The words of a calibration as Bosch's chips keep it, low byte first unless said.
struct BoschWords {
  let bytes: [UInt8]

  func unsigned16(_ index: Int) -> Int64 { Int64(bytes[index + 1]) << 8 | Int64(bytes[index]) }
  func signed16(_ index: Int) -> Int64 { Int64(Int16(truncatingIfNeeded: unsigned16(index))) }
  func unsigned8(_ index: Int) -> Int64 { Int64(bytes[index]) }
  func signed8(_ index: Int) -> Int64 { Int64(Int8(bitPattern: bytes[index])) }
}

extension Quantity {
  /// What Bosch's pressure sensors can mean.
  static func pressure(pascal: Double, upTo highest: Int64 = 1_100) throws(SensorError) -> Quantity {
    let allowed = Pressure(microhectopascal: 300_000_000)...Pressure(microhectopascal: highest * 1_000_000)
    // NaN, and what no Int64 can hold, come from a calibration of rubbish.
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

  /// Cropped to 0 … 100 %, as the datasheets do it.
  static func humidity(percent: Double) throws(SensorError) -> Quantity {
    guard percent.isFinite else { throw .malformed("a humidity that is no number", bytes: []) }
    return .humidity(RelativeHumidity(micropercent: Int64((min(max(percent, 0), 100) * 1_000_000).rounded())))
  }
}

extension I2CDevice {
  /// One byte of a register.
  func byte(at register: UInt8) throws(SensorError) -> UInt8 { try transfer(write: [register], read: 1)[0] }

  /// Refuses a chip whose ID register says something else.
  func prove(_ name: String, _ register: UInt8, is id: UInt8) throws(SensorError) {
    let found = try byte(at: register)
    guard found == id else { throw .wrongChip(expected: "\(name), ID \(hex([id]))", found: [found]) }
  }

  /// Waits until these bits of a register are so. Asks at once, and then in steps.
  func wait(
    for register: UInt8, mask: UInt8, value: UInt8, every step: Duration, limit: Duration
  ) throws(SensorError) {
    var waited = Duration.zero
    while try byte(at: register) & mask != value {
      guard waited < limit else { throw .notReady(after: waited) }
      bus.pause(step)
      waited += step
    }
  }

  /// A block that a living chip never fills with zeros or ones only.
  func block(at register: UInt8, _ count: Int, of name: String) throws(SensorError) -> [UInt8] {
    let bytes = try transfer(write: [register], read: count)
    guard bytes.contains(where: { $0 != 0x00 }), bytes.contains(where: { $0 != 0xFF }) else {
      throw .malformed("a block of the \(name) is all zeros or all ones", bytes: bytes)
    }
    return bytes
  }
}
