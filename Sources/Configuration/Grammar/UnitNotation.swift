/// A whole number with a unit: `10s`, `64MiB`.
package struct UnitNotation: Sendable {
  /// The rule for the text, in words: `a duration such as 10s`.
  let meaning: String
  /// Factors by unit, smallest first.
  package let units: [(name: String, factor: Int64)]
  /// The right unit for what people write in its place.
  let aliases: [String: String]
  /// The unit to suggest for a number without one.
  let usual: String

  /// Durations, in milliseconds.
  package static let duration = UnitNotation(
    meaning: "a duration such as 10s or 5m",
    units: [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)],
    aliases: [
      "sec": "s", "secs": "s", "second": "s", "seconds": "s", "S": "s", "min": "m", "mins": "m", "minute": "m",
      "minutes": "m", "M": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "H": "h", "day": "d", "days": "d",
      "msec": "ms", "millis": "ms",
    ], usual: "s")

  /// Sizes, in bytes.
  package static let size = UnitNotation(
    meaning: "a size such as 64MiB",
    units: [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)],
    aliases: [
      "k": "KiB", "K": "KiB", "kB": "KiB", "KB": "KiB", "kb": "KiB", "kib": "KiB", "m": "MiB", "M": "MiB", "MB": "MiB",
      "mb": "MiB", "Mb": "MiB", "mib": "MiB", "g": "GiB", "G": "GiB", "GB": "GiB", "gb": "GiB", "gib": "GiB",
    ], usual: "MiB")

  enum Outcome: Equatable {
    case value(Int64)
    case mistake(String)
  }

  func parse(_ text: String) -> Outcome {
    let shown = shortened(text)
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count)
    let trimmed = String(unit.drop { $0 == " " })
    guard !digits.isEmpty else { return .mistake("must be \(meaning), not \"\(shown)\"") }
    guard let number = Int64(digits) else { return .mistake("\(shortened(String(digits))) is too large") }
    if let factor = units.first(where: { $0.name == unit })?.factor {
      let (value, overflow) = number.multipliedReportingOverflow(by: factor)
      return overflow ? .mistake("\(shown) is too large") : .value(value)
    }
    if trimmed.isEmpty { return .mistake("\(number) has no unit; did you mean \"\(number)\(usual)\"?") }
    if trimmed.hasPrefix(".") || trimmed.hasPrefix(",") {
      return .mistake("must be a whole number with a unit: \(meaning), not \"\(shown)\"")
    }
    let names = units.map(\.name)
    let meant = names.first { $0 == trimmed } ?? aliases[trimmed] ?? Suggestion.closest(to: trimmed, among: names)
    let known = "known are \(names.joined(separator: ", "))"
    return .mistake(
      "\"\(shown)\": unknown unit \"\(shortened(String(unit)))\"; "
        + (meant.map { "did you mean \"\(number)\($0)\"?" } ?? known))
  }

  /// A value in the largest unit that divides it: `90s`, `5m`.
  func text(_ value: Int64) -> String {
    let unit: (name: String, factor: Int64) = units.last { value % $0.factor == 0 && value >= $0.factor } ?? units[0]
    return "\(value / unit.factor)\(unit.name)"
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
