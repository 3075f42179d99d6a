/// Whole numbers with a unit, as a person writes them: `10s`, `64MiB`.
package struct UnitScale: Sendable {
  /// Factors by unit, smallest first.
  package let units: [(name: String, factor: Int64)]

  /// Values in milliseconds.
  package static let durations = UnitScale(units: [
    ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ])

  /// Values in bytes.
  package static let sizes = UnitScale(units: [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)])

  /// The value of a text. Nil: it is not a number with one of the units, or is too large.
  package func value(of text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count)
    guard let number = Int64(digits), let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
    let (value, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : value
  }

  /// A value in the largest unit that divides it: `90s`, `5m`.
  package func text(_ value: Int64) -> String {
    let unit: (name: String, factor: Int64) = units.last { value % $0.factor == 0 && value >= $0.factor } ?? units[0]
    return "\(value / unit.factor)\(unit.name)"
  }
}

extension Duration {
  /// Reads `500ms`, `5s`, `5m`, `1h`, `1d`. Nil for any other text.
  package init?(withUnit text: String) {
    guard let milliseconds = UnitScale.durations.value(of: text) else { return nil }
    self = .milliseconds(milliseconds)
  }

  /// The duration in the same notation.
  package var withUnit: String { UnitScale.durations.text(milliseconds) }
}
