import Telemetry

/// A decimal number as it stands in the file: `-15`, `0.25`. In millionths.
enum DecimalNotation {
  enum Outcome: Equatable {
    case value(Int64)
    case mistake(String)
  }

  /// `unit`: what the number counts, for messages; it must not stand beside it.
  static func parse(_ text: String, unit: String) -> Outcome {
    let sign: Int64 = text.hasPrefix("-") ? -1 : 1
    let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    let signs = text.prefix { $0 == "-" }.count
    guard signs <= 1, parts.count <= 2, parts.allSatisfy(isDigits) else { return .mistake(advice(text, unit)) }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= 6 else {
      return .mistake("\(shortened(text)) has more than six digits behind the point")
    }
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    guard let whole = Int64(parts[0]), whole < 1_000_000_000, let rest = Int64(padded) else {
      return .mistake("\(shortened(text)) is too large")
    }
    return .value(sign * (whole * 1_000_000 + rest))
  }

  private static func advice(_ text: String, _ unit: String) -> String {
    let point = String(text.map { $0 == "," ? "." : $0 })
    if point != text, case .value = parse(point, unit: unit) {
      return "must be a number with a decimal point, not \"\(shortened(text))\"; did you mean \(point)?"
    }
    let number = String(text.prefix { $0.isASCII && ($0.isNumber || $0 == "-" || $0 == ".") })
    let isWithUnit =
      number != text && !number.isEmpty && text.dropFirst(number.count).first.map { !$0.isNumber } == true
    if isWithUnit, case .value = parse(number, unit: unit) {
      return "must be a number alone, in \(unit), not \"\(shortened(text))\""
    }
    return "must be a number in \(unit), not \"\(shortened(text))\""
  }
}

extension Field {
  /// In millionths of `unit`.
  func decimal(in range: ClosedRange<Int64>, _ unit: String) -> Int64? {
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
