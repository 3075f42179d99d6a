import Telemetry

/// How far a value has moved within the last while, with little memory: the lowest and the highest of each sixteenth.
/// What is older than the window never counts; of what is younger the oldest sixteenth may be missing.
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

  /// Whether it looks back over all of its length: before that, that little has changed says nothing.
  private(set) var isFull = false

  /// Takes a value; gives its distance from the one in the window that is farthest from it: above zero when it rose.
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
