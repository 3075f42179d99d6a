import Telemetry

/// The plausible numbers for a quantity, in millionths of its unit.
struct QuantityNumbers {
  let unit: String
  /// Range of values.
  let values: ClosedRange<Int64>
  /// Range of differences, such as a dead band.
  let steps: ClosedRange<Int64> = 1_000...100_000_000

  init(_ kind: Quantity.Kind) {
    unit = kind.unit ?? "1"
    values =
      switch kind {
      case .temperature: -273_150_000...2_000_000_000
      case .humidity, .contact: 0...100_000_000
      case .pressure: 0...2_000_000_000
      }
  }
}

extension Field {
  /// Reads a value of a quantity.
  func decimal(_ numbers: QuantityNumbers) -> Int64? { decimal(in: numbers.values, numbers.unit) }
}

/// Reads the key `calibration`: `[{measured: 0.4, actual: 0}, {measured: 50.3, actual: 50}]`.
struct CurveReader {
  private static let limit = 32

  let numbers: QuantityNumbers

  /// Nil after a mistake.
  func read(_ field: Field) -> [QuantitySettings.CurvePoint]? {
    guard let items = field.list() else { return nil }
    if items.count < 2 { field.mistake("needs at least two points; for one there is offset") }
    if items.count > Self.limit { field.mistake("has \(items.count) points: \(Self.limit) at most") }
    var points: [QuantitySettings.CurvePoint] = []
    var isRight = (2...Self.limit).contains(items.count)
    for item in items {
      guard let point = self.point(item) else {
        isRight = false
        continue
      }
      if let last = points.last { isRight = follows(point, last, item) && isRight }
      points.append(point)
    }
    return isRight ? points : nil
  }

  private func point(_ item: Field) -> QuantitySettings.CurvePoint? {
    guard let section = item.section(["measured", "actual"]) else { return nil }
    let measured = section.required("measured", "what the sensor says").flatMap { $0.decimal(numbers) }
    let actual = section.required("actual", "what is true").flatMap { $0.decimal(numbers) }
    guard let measured, let actual else { return nil }
    return .init(measured: measured, actual: actual)
  }

  private func follows(
    _ point: QuantitySettings.CurvePoint, _ last: QuantitySettings.CurvePoint, _ item: Field
  ) -> Bool {
    let pairs = [("measured", point.measured, last.measured), ("actual", point.actual, last.actual)]
    let wrong = pairs.first { $0.1 <= $0.2 }
    if let wrong {
      item.mistake(
        "\(wrong.0) must be above \(decimal(micros: wrong.2)), that of the point before: the curve must rise")
    }
    return wrong == nil
  }
}
