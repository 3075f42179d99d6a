import Glibc
import Telemetry

extension BusError: CustomStringConvertible {
  /// `read 2 bytes from 0x48 on i2c-1: no answer (EREMOTEIO): not connected, no power, or wrong address`
  package var description: String {
    let evidence = code == 0 ? "" : " (\(errnoName(code)))"
    return "\(operation): \(summary)\(evidence)\((advice ?? usualAdvice).map { ": " + $0 } ?? "")"
  }

  private var summary: String {
    switch kind {
    case .noAcknowledge: "no answer"
    case .timeout: "did not end"
    case .arbitrationLost: "another master was faster"
    case .shortRead(let expected, let received): "\(received) bytes instead of \(expected)"
    case .packetErrorCode: "wrong packet error code"
    case .claimed(let driver): "in use by the kernel's driver \(driver)"
    case .absent: "not there"
    case .denied: "not permitted"
    case .unsupported: "not supported by the adapter or the kernel"
    case .failed: "failed"
    }
  }

  private var usualAdvice: String? {
    switch kind {
    case .noAcknowledge: "not connected, no power, or wrong address"
    case .timeout: "a line is held low, or the chip stretches the clock too long"
    case .packetErrorCode: "disturbed bytes: check wiring and speed"
    case .claimed: "read it through hwmon or iio, or unbind that driver"
    case .denied where code == EPERM || code == EROFS:
      "the unit's DeviceAllow does not name it, or it may not be written to"
    case .arbitrationLost, .shortRead, .absent, .denied, .unsupported, .failed: nil
    }
  }
}

extension SensorError: CustomStringConvertible {
  /// One line for a technician, with the evidence.
  package var description: String {
    switch self {
    case .bus(let error): "\(error)"
    case .checksum(let received, let computed, let bytes):
      "checksum is \(hexByte(received)), computed \(hexByte(computed)) (bytes \(hex(bytes))): disturbed bytes"
    case .wrongChip(let expected, let found): "expected \(expected); found \(hex(found)): another chip, or none"
    case .anotherChip(let expected, let found, let drivers):
      "expected \(expected); found \(hex(found)): it is \(chips(drivers)): write `driver: \(drivers.joined(separator: "` or `"))`"
    case .notReady(let after): "not ready \(after.milliseconds) ms after its time"
    case .outOfRange(let value, let allowed):
      "\(value) is outside \(allowed.lowerBound) … \(allowed.upperBound), the range this sensor is specified for"
    case .implausible(let value, let allowed):
      "\(value) is outside \(allowed.lowerBound) … \(allowed.upperBound), the range in the configuration"
    case .powerOnValue(let value):
      "\(value) is what the sensor shows after power-on: it lost its power, or did not convert"
    case .malformed(let what, let bytes): bytes.isEmpty ? what : "\(what) (bytes \(hex(bytes)))"
    case .notFound(let what): what
    }
  }
}

/// The part numbers of these drivers' chips with an article: `a BMP280`, `an ADT7410 or ADT7420`.
private func chips(_ drivers: [String]) -> String {
  let parts = drivers.compactMap(Catalog.chip).flatMap(\.parts)
  let names =
    parts.count > 2
    ? parts.dropLast().joined(separator: ", ") + " or \(parts[parts.count - 1])" : parts.joined(separator: " or ")
  // The names of these letters begin with a vowel sound.
  let startsWithVowel = names.first.map { "AEFHILMNORSX".contains($0) } ?? false
  return (startsWithVowel ? "an " : "a ") + names
}

/// Bytes as in a datasheet: `be ef`. Only the first 32 are shown.
func hex(_ bytes: [UInt8]) -> String {
  let shown = bytes.prefix(32).hexadecimal(separator: " ")
  return bytes.count > 32 ? shown + " …" : shown
}

private func hexByte(_ byte: UInt8) -> String { "0x" + String(byte, radix: 16, padded: 2) }
