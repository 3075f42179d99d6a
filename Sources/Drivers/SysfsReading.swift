import Telemetry

extension Sysfs {
  /// An attribute's bytes, failures as a sensor's.
  func attribute(_ path: String) throws(SensorError) -> [UInt8] {
    do {
      return try read(path)
    } catch {
      throw .bus(error)
    }
  }

  /// An attribute that holds a number.
  func number(_ path: String) throws(SensorError) -> SysfsNumber {
    let bytes = try attribute(path)
    guard !bytes.isEmpty else { throw .malformed("\(path) is empty: no value yet", bytes: []) }
    guard let number = SysfsNumber(bytes) else { throw .malformed("\(path) is no number", bytes: bytes) }
    return number
  }

  /// An attribute's text without white space at its end; nil when it cannot be read.
  func text(_ path: String) -> String? {
    guard var bytes = try? read(path) else { return nil }
    while let last = bytes.last, last <= UInt8(ascii: " ") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  func names(in directory: String) throws(SensorError) -> [String] {
    do {
      return try entries(of: directory)
    } catch {
      throw .bus(error)
    }
  }
}

/// The last part of a path.
func lastComponent(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

/// A temperature in microdegrees within what the source can mean.
func temperature(_ micros: Int64?, of path: String, allowed: ClosedRange<Temperature>) throws(SensorError) -> Quantity {
  guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
  return .temperature(try allowed.admit(Temperature(microcelsius: micros)))
}
