import Telemetry

extension DriverOption.Shape {
  /// The permitted values in words: `high, medium or low`, `0 to 1023`. Nil: any text.
  package var permitted: String? {
    switch self {
    case .text: nil
    case .boolean: "true or false"
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .duration(let range): "a time such as 30s, \(brief(range.lowerBound)) to \(brief(range.upperBound))"
    case .choice(let words): alternatives(words)
    case .pattern(let example, _): "such as \(example)"
    }
  }
}

/// `high, medium or low`.
private func alternatives(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.joined() }
  return words.dropLast().joined(separator: ", ") + " or " + last
}
