/// How the values of one quantity of one sensor are published. Records, and all code before the encoder, keep whole
/// millionths of the quantity's own unit. Only the published value is converted, once, and its unit says so.
package struct Presentation: Hashable, Sendable {
  /// Unit of a temperature. Conversions are exact: 0 °C is 32 °F and 273.15 K.
  package enum TemperatureUnit: String, CaseIterable, Sendable {
    case celsius = "C"
    case fahrenheit = "F"
    case kelvin = "K"

    package var symbol: String {
      switch self {
      case .celsius: "°C"
      case .fahrenheit: "°F"
      case .kelvin: "K"
      }
    }
  }

  /// Unit of temperatures; other quantities are not converted.
  package var unit: TemperatureUnit
  /// Values are multiples of this, in millionths of the published unit; nil: all digits.
  package var step: Int64?

  package init(unit: TemperatureUnit = .celsius, step: Int64? = nil) {
    self.unit = unit
    self.step = step
  }

  /// Presentations by the sensor's id, for sensors that have one.
  package typealias BySensor = [String: [Quantity.Kind: Presentation]]

  /// The value to publish, in millionths of the published unit, rounded to `step`.
  package func value(_ quantity: Quantity) -> Int64 {
    let value = level(quantity.micros, of: quantity.kind)
    guard quantity.kind != .contact, let step, step > 0 else { return value }
    return scaled(scaled(value, by: 1, over: step), by: step, over: 1)
  }

  /// A limit, or a value shown beside one, in millionths of the published unit. It is never rounded to the step, or the
  /// two could look alike.
  package func level(_ micros: Int64, of kind: Quantity.Kind) -> Int64 {
    guard kind == .temperature else { return micros }
    return switch unit {
    case .celsius: micros
    case .fahrenheit: scaled(micros, by: 9, over: 5).plus(32_000_000)
    case .kelvin: micros.plus(273_150_000)
    }
  }

  /// A difference between two values, in millionths of the published unit.
  package func difference(_ micros: Int64, of kind: Quantity.Kind) -> Int64 {
    kind == .temperature && unit == .fahrenheit ? scaled(micros, by: 9, over: 5) : micros
  }

  /// The published unit; nil for a quantity without one.
  package func unitSymbol(of kind: Quantity.Kind) -> String? { kind == .temperature ? unit.symbol : kind.unit }
}
