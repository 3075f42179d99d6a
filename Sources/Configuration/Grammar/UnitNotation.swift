import Telemetry

/// A whole number with a unit, `10s` or `64MiB`, and the words for what is not one.
package struct UnitNotation: Sendable {
  /// The rule for the text, in words: `a duration such as 10s`.
  let meaning: String
  package let scale: UnitScale
  /// The right unit for what people write in its place.
  let aliases: [String: String]
  /// The unit to suggest for a number without one.
  let usual: String

  /// Durations, in milliseconds.
  package static let duration = UnitNotation(
    meaning: "a duration such as 10s or 5m",
    scale: .durations,
    aliases: [
      "sec": "s", "secs": "s", "second": "s", "seconds": "s", "S": "s", "min": "m", "mins": "m", "minute": "m",
      "minutes": "m", "M": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "H": "h", "day": "d", "days": "d",
      "msec": "ms", "millis": "ms",
    ], usual: "s")

  /// Sizes, in bytes.
  package static let size = UnitNotation(
    meaning: "a size such as 64MiB",
    scale: .sizes,
    aliases: [
      "k": "KiB", "K": "KiB", "kB": "KiB", "KB": "KiB", "kb": "KiB", "kib": "KiB", "m": "MiB", "M": "MiB", "MB": "MiB",
      "mb": "MiB", "Mb": "MiB", "mib": "MiB", "g": "GiB", "G": "GiB", "GB": "GiB", "gb": "GiB", "gib": "GiB",
    ], usual: "MiB")

  enum Outcome: Equatable {
    case value(Int64)
    case mistake(String)
  }

  func parse(_ text: String) -> Outcome {
    if let value = scale.value(of: text) { return .value(value) }
    let shown = shortened(text)
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count)
    let trimmed = String(unit.drop { $0 == " " })
    guard !digits.isEmpty else { return .mistake("must be \(meaning), not \"\(shown)\"") }
    guard let number = Int64(digits) else { return .mistake("\(shortened(String(digits))) is too large") }
    let names = scale.units.map(\.name)
    if names.contains(String(unit)) { return .mistake("\(shown) is too large") }
    if trimmed.isEmpty { return .mistake("\(number) has no unit; did you mean \"\(number)\(usual)\"?") }
    if trimmed.hasPrefix(".") || trimmed.hasPrefix(",") {
      return .mistake("must be a whole number with a unit: \(meaning), not \"\(shown)\"")
    }
    let meant = names.first { $0 == trimmed } ?? aliases[trimmed] ?? Suggestion.closest(to: trimmed, among: names)
    let known = "known are \(names.joined(separator: ", "))"
    return .mistake(
      "\"\(shown)\": unknown unit \"\(shortened(String(unit)))\"; "
        + (meant.map { "did you mean \"\(number)\($0)\"?" } ?? known))
  }
}
