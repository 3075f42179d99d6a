import Telemetry

/// How far a value has moved within a time window, with little memory: the minimum and the maximum of each sixteenth.
/// Values older than the window never count; of the younger ones the oldest sixteenth may be missing.
struct RateWindow: Sendable {
  private struct Part {
    let start: Uptime
    var low: Int64
    var high: Int64
  }

  private static let count: Int64 = 16

  private let length: Duration
  private var parts: [Part] = []
  private var begin: Uptime?

  init(_ length: Duration) { self.length = length }

  /// Whether the window is filled to its whole length. Before that, little change means nothing.
  private(set) var isFull = false

  /// Adds a value. Returns its distance from the value in the window that is farthest from it: positive for a rise.
  mutating func add(_ value: Int64, at now: Uptime) -> Int64 {
    parts.removeAll { now - $0.start > length }
    if parts.isEmpty { begin = now }
    isFull = begin.map { now - $0 >= length } ?? false
    let width = Duration.nanoseconds(length.nanoseconds / Self.count)
    if let last = parts.last, now - last.start < width {
      parts[parts.count - 1].low = min(last.low, value)
      parts[parts.count - 1].high = max(last.high, value)
    } else {
      parts.append(Part(start: now, low: value, high: value))
    }
    let rise = value.minus(parts.map(\.low).min() ?? value)
    let fall = value.minus(parts.map(\.high).max() ?? value)
    return rise.magnitude >= fall.magnitude ? rise : fall
  }
}
