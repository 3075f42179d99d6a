import Telemetry

/// A decimal number as YAML allows it in the file: `-15`, `0.25`, `+.5`, `1e-3`. Its value is in millionths.
enum DecimalNotation {
  enum Outcome: Equatable {
    case value(Int64)
    case mistake(String)
  }

  /// The parts of a number as it is written.
  private struct Parts {
    var isNegative: Bool
    /// The digits on both sides of the point.
    var digits: [UInt8]
    /// How many of the digits are before the point; negative: that many zeros are missing after it.
    var point: Int
  }

  private static let mostBehind = 6
  private static let mostBefore = 9
  /// Exponents beyond this range make every number too large or too small.
  private static let exponents = -99...99

  /// `unit`: the number's unit, for messages; the text must not contain it. Nil: the number is a factor.
  static func parse(_ text: String, unit: String?) -> Outcome {
    guard let parts = parts(text) else { return .mistake(advice(text, unit)) }
    // Leading and trailing zeros do not change the value.
    let leading = parts.digits.prefix { $0 == 0 }.count
    let trailing = parts.digits.dropFirst(leading).reversed().prefix { $0 == 0 }.count
    let digits = parts.digits.dropFirst(leading).dropLast(trailing)
    guard !digits.isEmpty else { return .value(0) }
    let point = parts.point - leading
    guard digits.count - point <= mostBehind else {
      return .mistake("\(shortened(text)) has more than six digits behind the point")
    }
    guard point <= mostBefore else { return .mistake("\(shortened(text)) is too large") }
    let number = digits.reduce(0 as Int64) { $0 * 10 + Int64($1) }
    let micros = (0..<(mostBehind - digits.count + point)).reduce(number) { value, _ in value * 10 }
    return .value(parts.isNegative ? -micros : micros)
  }

  /// Nil: the text is not a number.
  private static func parts(_ text: String) -> Parts? {
    let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let exponent = halves.count == 1 ? 0 : exponent(halves[1])
    let isSigned = text.hasPrefix("-") || text.hasPrefix("+")
    let number = halves[0].dropFirst(isSigned ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    guard let exponent, number.count <= 2, number.contains(where: { !$0.isEmpty }),
      number.allSatisfy({ $0.isEmpty || isDigits($0) })
    else { return nil }
    let digits = number.joined().utf8.map { $0 - UInt8(ascii: "0") }
    return Parts(isNegative: text.hasPrefix("-"), digits: digits, point: number[0].utf8.count + exponent)
  }

  private static func exponent(_ text: Substring) -> Int? {
    let isSigned = text.hasPrefix("-") || text.hasPrefix("+")
    guard isDigits(text.dropFirst(isSigned ? 1 : 0)) else { return nil }
    let beyond = text.hasPrefix("-") ? exponents.lowerBound : exponents.upperBound
    return min(max(Int(text) ?? beyond, exponents.lowerBound), exponents.upperBound)
  }

  private static func advice(_ text: String, _ unit: String?) -> String {
    let point = String(text.map { $0 == "," ? "." : $0 == "−" ? "-" : $0 })
    if point != text, case .value = parse(point, unit: unit) {
      let comma = text.contains(",") ? " with a decimal point" : ""
      return "must be a number\(comma), not \"\(shortened(text))\"; did you mean \(point)?"
    }
    guard let unit else { return "must be a number without a unit, such as 1.05, not \"\(shortened(text))\"" }
    let number = String(text.prefix { $0.isASCII && ($0.isNumber || "+-.".contains($0)) })
    let isWithUnit =
      number != text && !number.isEmpty && text.dropFirst(number.count).first.map { !$0.isNumber } == true
    if isWithUnit, case .value = parse(number, unit: unit) {
      return "must be a number alone, in \(unit), not \"\(shortened(text))\""
    }
    return "must be a number in \(unit), not \"\(shortened(text))\""
  }
}

extension Field {
  /// The value in millionths of `unit`, which is nil for a factor.
  func decimal(in range: ClosedRange<Int64>, _ unit: String?) -> Int64? {
    guard let text = text() else { return nil }
    switch DecimalNotation.parse(text, unit: unit) {
    case .mistake(let reason): mistake(reason)
    case .value(let value) where !range.contains(value):
      mistake(
        "\(shortened(text)) is out of range: \(Telemetry.decimal(micros: range.lowerBound)) to "
          + Telemetry.decimal(micros: range.upperBound))
    case .value(let value): return value
    }
    return nil
  }
}
