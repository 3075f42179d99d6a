import Telemetry

/// When each sensor of a bus is due. All grids share their origin, the boot: sensors with the same interval are due
/// together, on all buses, and a board that reads ten sensors once a second wakes once a second.
///
/// A slot that was missed because the bus was slow is left out: the next reading is on the grid again. So is a slot
/// that comes sooner than half an interval after a reading.
package struct Grid: Sendable {
  private struct Row {
    var interval: Duration
    var due: Uptime
  }

  private var rows: [Row]

  /// Every sensor is due at `start`, and from then on at the multiples of its interval.
  package init(intervals: [Duration], start: Uptime) {
    rows = intervals.map { Row(interval: $0, due: start) }
  }

  /// When the next sensor is due; nil without sensors.
  package var next: Uptime? { rows.map(\.due).min() }

  /// The sensors that are due, in the order of the file, each moved on to its next slot.
  package mutating func takeDue(at now: Uptime) -> [Int] {
    rows.indices.filter { index in
      guard rows[index].due <= now else { return false }
      moveOn(index, now)
      return true
    }
  }

  /// The sensor is due at the multiples of this interval from now on.
  package mutating func set(_ index: Int, interval: Duration, at now: Uptime) {
    rows[index].interval = interval
    moveOn(index, now)
  }

  /// The sensor keeps the interval and the next slot that it has in another grid.
  package mutating func keep(_ index: Int, as former: Int, in other: Grid) { rows[index] = other.rows[former] }

  private mutating func moveOn(_ index: Int, _ now: Uptime) {
    let interval = max(rows[index].interval.nanoseconds, 1)
    rows[index].due = Uptime(nanoseconds: ((now.nanoseconds + interval / 2) / interval + 1) * interval)
  }
}
