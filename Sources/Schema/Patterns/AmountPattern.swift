import Configuration
import Telemetry

/// Regular expressions for whole numbers with a unit: `10s`, `64MiB`.
enum AmountPattern {
  /// Matches the durations in a range, and `word` if there is one.
  static func durations(_ range: ClosedRange<Duration>, or word: String? = nil) -> String {
    pattern(.durations, range.lowerBound.milliseconds...range.upperBound.milliseconds, word)
  }

  static func sizes(_ range: ClosedRange<ByteCount>) -> String {
    pattern(.sizes, range.lowerBound.bytes...range.upperBound.bytes, nil)
  }

  private static func pattern(
    _ scale: UnitScale, _ range: ClosedRange<Int64>, _ word: String?
  ) -> String {
    let amounts = scale.units.compactMap { unit -> String? in
      let low = (range.lowerBound + unit.factor - 1) / unit.factor
      let high = range.upperBound / unit.factor
      return low > high ? nil : "0*(\(IntegerPattern.pattern(low, high)))\(unit.name)"
    }
    return "^(" + (amounts + [word].compactMap { $0 }).joined(separator: "|") + ")$"
  }
}
