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

/// Reads the key `calibration`: `[{measured: 0.4, actual: 0}, {measured: 50.3, actual: 50}]`.
struct CurveReader {
  /// Nil after a mistake.
  func read(_ field: Field) -> [QuantitySettings.CurvePoint]? {
    guard case .list(_, let range) = field.shape, let items = field.list() else { return nil }
    if items.count < range.lowerBound { field.mistake("needs at least two points; for one there is offset") }
    if items.count > range.upperBound { field.mistake("has \(items.count) points: \(range.upperBound) at most") }
    var points: [QuantitySettings.CurvePoint] = []
    var isRight = range.contains(items.count)
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
    guard let section = item.section() else { return nil }
    let measured = section.required("measured")?.decimal()
    let actual = section.required("actual")?.decimal()
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
