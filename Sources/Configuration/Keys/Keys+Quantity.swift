import Telemetry

extension Keys {
  /// The names of the keys in `quantity(_:)`.
  static let correction = quantity([.temperature]).names

  /// How the values of one quantity are corrected, checked and published. `kinds`: the quantities that it may be, of
  /// which the first has the widest range.
  package static func quantity(_ kinds: [Quantity.Kind]) -> [Key] {
    let numbers = QuantityNumbers(kinds[0])
    return [
      Key("offset", .decimal(-100_000_000...100_000_000, unit: numbers.unit)),
      Key("scale", .decimal(500_000...2_000_000, unit: nil)),
      Key("calibration", .list(.group(point(numbers)), 2...32)),
      Key("range", .group(range(numbers))),
      Key("median", .integer(2...100)),
      Key("mean", .integer(2...100)),
      Key("round", .decimal(1_000...100_000_000, unit: "the published unit")),
      Key("dead_band", .decimal(numbers.steps, unit: numbers.unit)),
      Key("unit", .choice(kinds.flatMap(units))),
    ]
  }

  /// The units that values can be published in. Humidity and pressure have one each, which may be written nevertheless.
  private static func units(_ kind: Quantity.Kind) -> [String] {
    kind == .temperature ? Presentation.TemperatureUnit.allCases.map(\.rawValue) : [kind.unit ?? ""]
  }

  private static func point(_ numbers: QuantityNumbers) -> [Key] {
    [
      Key("measured", numbers.shape, required: "what the sensor says"),
      Key("actual", numbers.shape, required: "what is true"),
    ]
  }

  private static func range(_ numbers: QuantityNumbers) -> [Key] {
    [
      Key("low", numbers.shape, required: "the lowest value that makes sense"),
      Key("high", numbers.shape, required: "the highest value that makes sense"),
    ]
  }

  /// The alarms of a quantity that is not the sensor's main one.
  package static func alarms(_ kind: Quantity.Kind) -> [Key] {
    let numbers = QuantityNumbers(kind)
    return [
      Key("high", numbers.shape),
      Key("low", numbers.shape),
      Key("rate", .group(rate(numbers))),
      Key("hysteresis", .decimal(0...100_000_000, unit: numbers.unit)),
      Key("hold", .duration(.zero...(.seconds(86_400)))),
    ]
  }

  /// The alarms of a sensor whose main quantity is `kind`. A contact has no limits.
  package static func alarms(of kind: Quantity.Kind) -> [Key] {
    (kind == .contact ? [] : alarms(kind)) + [Key("stale", .duration(.seconds(1)...(.seconds(30 * 86_400))))]
  }

  private static func rate(_ numbers: QuantityNumbers) -> [Key] {
    [
      Key(
        "change", .decimal(1_000...numbers.values.upperBound, unit: numbers.unit),
        required: "how far the value may move, in \(numbers.unit)"),
      Key("within", .duration(.seconds(10)...(.seconds(86_400))), required: "in which time, such as 10m"),
    ]
  }
}

extension QuantityNumbers {
  fileprivate var shape: Shape { .decimal(values, unit: unit) }
}
