import Configuration
import Drivers
import Telemetry

extension Shape {
  /// The schema of a value, without the groups of keys that are in it.
  var plain: JSON {
    switch self {
    case .boolean: ["type": "boolean"]
    case .integer(let range):
      ["type": "integer", "minimum": JSON(range.lowerBound), "maximum": JSON(range.upperBound)]
    case .decimal(let range, _):
      ["type": "number", "minimum": Self.number(range.lowerBound), "maximum": Self.number(range.upperBound)]
    case .duration(let range): Self.amount(AmountPattern.durations(range))
    case .durationOrOff(let range): Self.amount(AmountPattern.durations(range, or: "off"))
    case .size(let range): Self.amount(AmountPattern.sizes(range))
    case .choice(let words): ["enum": .list(words.map(Self.word))]
    case .text(let form): form.schema
    case .address(let ranges): Self.addresses(ranges)
    case .group, .oneOf, .list, .oneOrMore: [:]
    }
  }

  private static func number(_ micros: Int64) -> JSON { .number(Telemetry.decimal(micros: micros)) }

  /// YAML takes the word `5` for a number.
  private static func word(_ word: String) -> JSON { Int(word).map { JSON($0) } ?? .text(word) }

  private static func amount(_ pattern: String) -> JSON { ["type": "string", "pattern": .text(pattern)] }

  /// YAML takes `0x48` for a number, and `0X48` for a text.
  private static func addresses(_ ranges: [ClosedRange<UInt8>]) -> JSON {
    let numbers = ranges.map { Shape.integer(Int($0.lowerBound)...Int($0.upperBound)).plain }
    let digits = ranges.joined().map { DriverNames.anyCase(String($0, radix: 16)) }
    return [
      "anyOf": .list(numbers + [["type": "string", "pattern": .text("^0[xX](\(digits.joined(separator: "|")))$")]])
    ]
  }
}

extension Shape {
  /// The permitted values, in words: `5s to 65535s`, `true or false`. Nil: any text, or a group.
  package var words: String? {
    switch self {
    case .boolean: "true or false"
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .decimal(let range, let unit):
      "\(Telemetry.decimal(micros: range.lowerBound)) to \(Telemetry.decimal(micros: range.upperBound))"
        + (unit.map { " \($0)" } ?? "")
    case .duration(let range): "\(range.lowerBound.text) to \(range.upperBound.text)"
    case .durationOrOff(let range): "\(range.lowerBound.text) to \(range.upperBound.text), or off"
    case .size(let range): "\(range.lowerBound.text) to \(range.upperBound.text)"
    case .choice(let words): words.joined(separator: ", ")
    case .address(let ranges):
      ranges.map { range in
        [range.lowerBound, range.upperBound].map { "0x" + String($0, radix: 16) }.joined(separator: " to ")
      }.joined(separator: ", ")
    case .text(.like(let example)): "such as \(example)"
    case .text(.brokerURL): "mqtt://HOST[:PORT] or mqtts://HOST[:PORT]"
    case .text(let form): form.rule
    case .list(let element, _): element.words.map { "a list of \($0)" }
    case .oneOrMore(let element, _): element.words.map { "\($0), or a list" }
    case .group, .oneOf: nil
    }
  }
}

extension TextForm {
  fileprivate var schema: JSON {
    if self == .driver { return DriverNames.schema }
    let base: JSON = ["type": mayBeNumber ? ["string", "number"] : "string"]
    return base.with(pattern == nil ? "minLength" : "pattern", pattern.map { JSON.text($0) } ?? 1)
      .with("maxLength", longest.map { JSON($0) })
  }
}

/// The words with a full stop, unless they end in one.
func sentence(_ words: String) -> String { words.hasSuffix(".") ? words : words + "." }
