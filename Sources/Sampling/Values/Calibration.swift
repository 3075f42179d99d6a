import Telemetry

/// Computes the true value from the measured one. Both are in millionths of the quantity's unit.
package struct Calibration: Hashable, Sendable {
  /// A measured value, and the true value there.
  package struct Point: Hashable, Sendable {
    package let measured: Int64
    package let actual: Int64

    package init(measured: Int64, actual: Int64) {
      self.measured = measured
      self.actual = actual
    }
  }

  private enum Shape: Hashable, Sendable {
    /// `scale` in millionths.
    case line(scale: Int64, offset: Int64)
    case curve([Point])
  }

  private let shape: Shape

  /// actual = measured × `scale` + `offset`, the scale in millionths.
  package init(scale: Int64 = 1_000_000, offset: Int64 = 0) { shape = .line(scale: scale, offset: offset) }

  /// Straight lines from point to point; beyond both ends the outer line continues. Nil unless there are at least two
  /// points and both coordinates grow strictly from each point to the next.
  package init?(curve points: [Point]) {
    guard points.count >= 2 else { return nil }
    for (before, after) in zip(points, points.dropFirst())
    where before.measured >= after.measured || before.actual >= after.actual { return nil }
    shape = .curve(points)
  }

  package func corrected(_ measured: Int64) -> Int64 {
    switch shape {
    case .line(let scale, let offset): return scaled(measured, by: scale, over: 1_000_000).plus(offset)
    case .curve(let points):
      // The line up to the first point beyond `measured`. Outside the curve, the first or the last line continues.
      let end = points.dropFirst().firstIndex { measured < $0.measured } ?? points.count - 1
      let (from, to) = (points[end - 1], points[end])
      let rise = scaled(
        measured.minus(from.measured), by: to.actual.minus(from.actual), over: to.measured.minus(from.measured))
      return from.actual.plus(rise)
    }
  }
}
