/// A temperature in whole microdegrees Celsius: every chip's step (0.0625, 0.0078125 rounded, 0.001 °C) and every
/// calibration fits, so no further rounding happens on the way to the broker.
package struct Temperature: Hashable, Comparable, Sendable {
  /// Microdegrees Celsius.
  package let microcelsius: Int64

  package init(microcelsius: Int64) { self.microcelsius = microcelsius }
  package init(millicelsius: Int64) { microcelsius = millicelsius * 1_000 }

  package static func < (a: Temperature, b: Temperature) -> Bool { a.microcelsius < b.microcelsius }
}

/// Relative humidity, in whole micropercent (0 … 100,000,000).
package struct RelativeHumidity: Hashable, Comparable, Sendable {
  /// Millionths of one percent.
  package let micropercent: Int64

  package init(micropercent: Int64) { self.micropercent = micropercent }
  package init(millipercent: Int64) { micropercent = millipercent * 1_000 }

  package static func < (a: RelativeHumidity, b: RelativeHumidity) -> Bool { a.micropercent < b.micropercent }
}

/// An air pressure, in whole microhectopascal (1 hPa = 1 mbar).
package struct Pressure: Hashable, Comparable, Sendable {
  /// Millionths of a hectopascal.
  package let microhectopascal: Int64

  package init(microhectopascal: Int64) { self.microhectopascal = microhectopascal }
  package init(millipascal: Int64) { microhectopascal = millipascal * 10 }

  package static func < (a: Pressure, b: Pressure) -> Bool { a.microhectopascal < b.microhectopascal }
}

/// One measured value with its unit.
package enum Quantity: Hashable, Sendable {
  case temperature(Temperature)
  case humidity(RelativeHumidity)
  /// A contact input: true is closed (active).
  case contact(Bool)
  case pressure(Pressure)

  /// The kind of quantity, without its value.
  package enum Kind: UInt8, CaseIterable, Sendable {
    case temperature = 1
    case humidity = 2
    case contact = 3
    case pressure = 4
  }

  package var kind: Kind {
    switch self {
    case .temperature: .temperature
    case .humidity: .humidity
    case .contact: .contact
    case .pressure: .pressure
    }
  }

  /// The value in millionths of the unit (a contact: 0 or 1,000,000), as records and payloads carry it.
  package var micros: Int64 {
    switch self {
    case .temperature(let t): t.microcelsius
    case .humidity(let h): h.micropercent
    case .contact(let closed): closed ? 1_000_000 : 0
    case .pressure(let p): p.microhectopascal
    }
  }

  /// Nil for a contact whose value is neither 0 nor 1,000,000.
  package init?(_ kind: Kind, micros: Int64) {
    switch kind {
    case .temperature: self = .temperature(Temperature(microcelsius: micros))
    case .humidity: self = .humidity(RelativeHumidity(micropercent: micros))
    case .contact:
      guard micros == 0 || micros == 1_000_000 else { return nil }
      self = .contact(micros != 0)
    case .pressure: self = .pressure(Pressure(microhectopascal: micros))
    }
  }
}

extension Quantity.Kind {
  /// Name in payloads and messages.
  package var name: String {
    switch self {
    case .temperature: "temperature"
    case .humidity: "humidity"
    case .contact: "contact"
    case .pressure: "pressure"
    }
  }

  /// Unit in payloads and messages; nil for a quantity without one.
  package var unit: String? {
    switch self {
    case .temperature: "°C"
    case .humidity: "%"
    case .contact: nil
    case .pressure: "hPa"
    }
  }
}

/// Quantities of one kind are ordered by their value; kinds by their number.
extension Quantity: Comparable {
  package static func < (a: Quantity, b: Quantity) -> Bool {
    a.kind == b.kind ? a.micros < b.micros : a.kind.rawValue < b.kind.rawValue
  }
}

extension Quantity: CustomStringConvertible {
  /// `21.5 °C`, `45.2 %`, `1013.25 hPa`, `closed`.
  package var description: String {
    if case .contact(let closed) = self { return closed ? "closed" : "open" }
    return decimal(micros: micros) + (kind.unit.map { " " + $0 } ?? "")
  }
}

/// A number of millionths as a decimal: no exponent, no trailing zeros, no rounding. `-10.25`, `21`, `0.007813`.
package func decimal(micros: Int64) -> String {
  let magnitude = micros.magnitude
  let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: 1_000_000)
  let sign = micros < 0 ? "-" : ""
  guard fraction != 0 else { return sign + String(whole) }
  var digits = String(fraction, padded: 6)
  while digits.last == "0" { digits.removeLast() }
  return "\(sign)\(whole).\(digits)"
}
