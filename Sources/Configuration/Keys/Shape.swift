import Drivers

/// The form and the range of the value behind a key.
package indirect enum Shape: Sendable {
  case boolean
  case integer(ClosedRange<Int>)
  /// A number in millionths of `unit`, which is nil for a factor.
  case decimal(ClosedRange<Int64>, unit: String?)
  case duration(ClosedRange<Duration>)
  /// A duration, or the word `off`.
  case durationOrOff(ClosedRange<Duration>)
  case size(ClosedRange<ByteCount>)
  /// One of these words.
  case choice([String])
  case text(TextForm)
  /// An I²C address in one of these ranges.
  case address([ClosedRange<UInt8>])
  case group([Key])
  /// A group with exactly one of these keys.
  case oneOf([Key])
  /// As many values as the range says.
  case list(Shape, ClosedRange<Int>)
  /// One value, or a list of them.
  case oneOrMore(Shape, ClosedRange<Int>)

  /// The words of an enumeration.
  static func words<Word: RawRepresentable<String> & CaseIterable>(of type: Word.Type) -> Shape {
    .choice(type.allCases.map(\.rawValue))
  }

  /// The shape of a list's elements; nil: this is no list.
  var element: Shape? {
    switch self {
    case .list(let element, _), .oneOrMore(let element, _): element
    default: nil
    }
  }
}

extension Shape {
  /// The shape of a driver's own option.
  init(_ shape: DriverOption.Shape) {
    self =
      switch shape {
      case .text: .text(.any)
      case .boolean: .boolean
      case .integer(let range): .integer(range)
      case .duration(let range): .duration(range)
      case .choice(let words): .choice(words)
      case .pattern(let example, _): .text(.like(example))
      }
  }
}
