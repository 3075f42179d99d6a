import Telemetry

extension Sysfs {
  /// Reads an attribute; failures are thrown as a `SensorError`.
  func attribute(_ path: String) throws(SensorError) -> [UInt8] {
    do {
      return try read(path)
    } catch {
      throw .bus(error)
    }
  }

  /// Reads an attribute that holds a number.
  func number(_ path: String) throws(SensorError) -> SysfsNumber {
    let bytes = try attribute(path)
    guard !SysfsNumber.trimmed(bytes).isEmpty else {
      throw .malformed("\(path) is empty: no value yet", bytes: [])
    }
    guard let number = SysfsNumber(bytes) else {
      let advice = SysfsNumber.fault(in: bytes).map { ": " + $0 } ?? ""
      guard path.hasPrefix("/sys/") || isLikeANumber(bytes) else {
        throw .malformed("\(path) has \(described(bytes)), which is no number\(advice)", bytes: [])
      }
      // The content of a file outside /sys is not repeated in full as bytes.
      throw .malformed(
        "\(path) says \(quoted(bytes)), which is no number\(advice)", bytes: path.hasPrefix("/sys/") ? bytes : [])
    }
    return number
  }

  /// An attribute's text without trailing white space and zero bytes; nil if it cannot be read.
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

/// The content of a file in one line, for a person. A file outside /sys is shown only if its text looks like a number;
/// otherwise only its kind and length are given.
package func shownContent(_ bytes: [UInt8], of path: String) -> String {
  guard path.hasPrefix("/sys/") || isLikeANumber(bytes) else { return described(bytes) }
  return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: " | ")
}

/// Whether a short text is a number apart from its notation or unit: `21,5`, `1:30`, `21.5 °C`, `0x1F`. Other content
/// is not shown: a file whose path was mistyped may hold a password, and faults go to the log and the broker.
private func isLikeANumber(_ bytes: [UInt8]) -> Bool {
  let text = SysfsNumber.trimmed(bytes)
  let isDigit: (UInt8) -> Bool = { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  let words = text.split { isDigit($0) || "+-.,:_ eE".utf8.contains($0) }
  let begin = text.first { !"+-. ".utf8.contains($0) }
  return text.count <= 24 && words.count <= 1 && words.allSatisfy { $0.count <= 4 } && begin.map(isDigit) ?? false
}

/// Describes the content of a file by its kind and length only.
private func described(_ bytes: [UInt8]) -> String {
  let isControl: (UInt8) -> Bool = { $0 == 0x7F || $0 < 0x20 && !(0x09...0x0D ~= $0) && $0 != 0x1B }
  let isText = !bytes.contains(where: isControl) && String(validating: bytes, as: UTF8.self) != nil
  let more = bytes.count >= longestAttribute ? " or more" : ""
  return "\(isText ? "text" : "binary data") of \(bytes.count) byte\(bytes.count == 1 ? "" : "s")\(more)"
}

/// The beginning of a file's text, for a message, without anything that could control a terminal.
private func quoted(_ bytes: [UInt8]) -> String {
  let limit = 40
  let text = SysfsNumber.trimmed(bytes)
  let shown = printable(String(decoding: text.prefix(limit), as: UTF8.self))
  return "\"" + shown + (text.count > limit ? "…" : "") + "\""
}

extension Sysfs {
  /// The devices on the 1-Wire buses, and the bus masters. If there is no such bus, the error says how to switch it on.
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

/// A temperature from microdegrees; throws if it lies outside what the source can measure.
func temperature(_ micros: Int64?, of path: String, allowed: ClosedRange<Temperature>) throws(SensorError) -> Quantity {
  guard let micros else { throw .malformed("\(path) is too large", bytes: []) }
  return .temperature(try allowed.admit(Temperature(microcelsius: micros)))
}
