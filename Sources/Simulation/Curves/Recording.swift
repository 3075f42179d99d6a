import Telemetry

/// Recorded values to replay.
package struct Recording: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package let offset: Duration
    /// The value in millionths of its unit.
    package let value: Int64

    package init(offset: Duration, value: Int64) {
      self.offset = offset
      self.value = value
    }
  }

  private let points: [Point]
  private let holds: Bool
  private let repeats: Bool

  /// `points`: at least one, in the order of time. `holds`: each value stays until the next point; otherwise values are
  /// interpolated linearly. `repeats`: the recording starts again after the last point; otherwise the last value stays.
  package init(_ points: [Point], holds: Bool, repeats: Bool) {
    self.points = points
    self.holds = holds
    self.repeats = repeats
  }

  func value(at time: Duration) -> Int64 {
    guard let first = points.first, let last = points.last else { return 0 }
    var elapsed = time.nanoseconds
    if repeats, last.offset > .zero { elapsed %= last.offset.nanoseconds }
    guard elapsed >= first.offset.nanoseconds else { return first.value }
    let index = lastPoint(until: elapsed)
    guard !holds, index + 1 < points.count else { return points[index].value }
    let (from, to) = (points[index], points[index + 1])
    let share = Double(elapsed - from.offset.nanoseconds) / Double((to.offset - from.offset).nanoseconds)
    return from.value + Int64(Double(to.value - from.value) * share)
  }

  private func lastPoint(until elapsed: Int64) -> Int {
    var (low, high) = (0, points.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if points[middle].offset.nanoseconds <= elapsed { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
