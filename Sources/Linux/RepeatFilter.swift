import Telemetry

/// Holds back messages that repeat: a line is written at once, the same line again only after a minute, with the number
/// of times it came in between. A dead sensor at 1 Hz is one line a minute, not sixty.
struct RepeatFilter {
  private struct Held {
    var since: Uptime
    var count = 0
  }

  static let window = Duration.seconds(60)
  /// How many different lines are remembered; the oldest is forgotten first.
  static let capacity = 64

  private var held: [LogEntry: Held] = [:]

  /// What to write now that this message has come.
  mutating func admit(_ line: LogEntry, at now: Uptime) -> [LogEntry] {
    var lines = due(now, all: false)
    if held[line] != nil {
      held[line]?.count += 1
      return lines
    }
    if held.count >= Self.capacity, let oldest = held.min(by: { $0.value.since < $1.value.since }) {
      lines += summary(oldest.key, held.removeValue(forKey: oldest.key))
    }
    held[line] = Held(since: now)
    return lines + [line]
  }

  /// The summaries of the lines whose minute is over; of all lines when `all`.
  mutating func due(_ now: Uptime, all: Bool) -> [LogEntry] {
    let over = held.filter { all || now - $0.value.since >= Self.window }.sorted { $0.value.since < $1.value.since }
    return over.flatMap { line, _ in summary(line, held.removeValue(forKey: line)) }
  }

  private func summary(_ line: LogEntry, _ held: Held?) -> [LogEntry] {
    guard let held, held.count > 0 else { return [] }
    var summary = line
    summary.text += " (\(held.count) more \(held.count == 1 ? "time" : "times") since then)"
    return [summary]
  }
}
