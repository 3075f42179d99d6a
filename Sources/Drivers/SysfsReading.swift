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
    guard !SysfsNumber.trimmed(bytes).isEmpty else {
      throw .malformed("\(path) is empty: no value yet", bytes: [])
    }
    guard let number = SysfsNumber(bytes) else {
      let advice = SysfsNumber.fault(in: bytes).map { ": " + $0 } ?? ""
      throw .malformed("\(path) says \(quoted(bytes)), which is no number\(advice)", bytes: bytes)
    }
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

/// What a file says, for a message: its beginning, with nothing in it that could steer a terminal.
private func quoted(_ bytes: [UInt8]) -> String {
  let limit = 40
  let text = SysfsNumber.trimmed(bytes)
  let shown = printable(String(decoding: text.prefix(limit), as: UTF8.self))
  return "\"" + shown + (text.count > limit ? "…" : "") + "\""
}

extension Sysfs {
  /// What is on the 1-Wire buses, their masters included. Where there is no such bus, the error says what switches it on.
  func oneWireDevices() throws(SensorError) -> [String] {
    let directory = OneWireThermometer.directory
    do throws(BusError) {
      let devices = try entries(of: directory)
      guard devices.isEmpty else { return devices }
      throw BusError(.absent, "list \(directory)", advice: BoardKind(self).noOneWire)
    } catch {
      guard error.kind == .absent else { throw .bus(error) }
      throw .bus(BusError(.absent, error.operation, code: error.code, advice: BoardKind(self).noOneWire))
    }
  }
}

/// The last part of a path.
func lastComponent(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

func humidity(_ micros: Int64?, of path: String) throws(SensorError) -> Quantity {
  guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
  return try .humidity(cropping: micros)
}

func pressure(_ micros: Int64?, of path: String, allowed: ClosedRange<Pressure>) throws(SensorError) -> Quantity {
  guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
  let pressure = Pressure(microhectopascal: micros)
  guard allowed.contains(pressure) else {
    throw .outOfRange(.pressure(pressure), allowed: .pressure(allowed.lowerBound)...(.pressure(allowed.upperBound)))
  }
  return .pressure(pressure)
}

/// A temperature in microdegrees within what the source can mean.
func temperature(_ micros: Int64?, of path: String, allowed: ClosedRange<Temperature>) throws(SensorError) -> Quantity {
  guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
  return .temperature(try allowed.admit(Temperature(microcelsius: micros)))
}
