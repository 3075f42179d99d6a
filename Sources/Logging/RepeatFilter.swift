import Telemetry

/// Holds back repeated messages. A line is written at once. While the same line keeps coming, it is written again with
/// its count after one minute, two more, four more … and finally once an hour. A broker that is away for a night gives
/// a dozen lines. After a minute without the line, the next one counts as new.
///
/// A new message about a sensor or broker ends the earlier ones about it: their counts are written first.
struct RepeatFilter {
  private struct Held {
    /// When the line was last written.
    var since: Uptime
    /// When the line was last seen.
    var last: Uptime
    var count = 0
    var wait = RepeatFilter.window
    /// Similar messages with other wording are counted here too.
    var isMixed = false

    func isQuiet(at now: Uptime) -> Bool { now - last >= RepeatFilter.window }
    func isDue(at now: Uptime) -> Bool { isQuiet(at: now) || now - since >= wait }
  }

  static let window = Duration.seconds(60)
  static let longest = Duration.seconds(3_600)
  /// How many different lines are remembered. The oldest is forgotten first.
  static let capacity = 64
  /// How many texts of one message about one sensor or broker are remembered: a wire that disturbs bytes would give
  /// another text each time.
  static let variants = 4

  private var held: [LogEntry: Held] = [:]

  /// Returns what to write now that this message has come.
  mutating func admit(_ line: LogEntry, at now: Uptime) -> [LogEntry] {
    var lines = due(now, all: false)
    if let known = held[line] != nil ? line : variant(of: line) {
      held[known]?.count += 1
      held[known]?.last = now
      if known != line { held[known]?.isMixed = true }
      return lines
    }
    if held.count >= Self.capacity, let oldest = held.min(by: { $0.value.since < $1.value.since }) {
      held[oldest.key] = nil
      lines += summary(oldest.key, oldest.value)
    }
    lines += ended(by: line, at: now)
    held[line] = Held(since: now, last: now)
    return lines + [line]
  }

  /// The newest of the lines like this one, if there are `variants` of them.
  private func variant(of line: LogEntry) -> LogEntry? {
    guard !line.fields.isEmpty else { return nil }
    let alike = held.filter { $0.key.id == line.id && $0.key.fields == line.fields }
    return alike.count < Self.variants ? nil : alike.max(by: Self.order)?.key
  }

  /// The summaries of the lines about the same sensor or broker.
  private mutating func ended(by line: LogEntry, at now: Uptime) -> [LogEntry] {
    let same = held.filter { $0.value.count > 0 && !line.fields.isEmpty && $0.key.fields == line.fields }
    for (line, entry) in same { held[line] = Held(since: now, last: entry.last, wait: entry.wait) }
    return same.sorted(by: Self.order).flatMap { summary($0.key, $0.value) }
  }

  /// The summaries of the lines that are quiet or due. With `all`: of all lines, which then count as new.
  mutating func due(_ now: Uptime, all: Bool) -> [LogEntry] {
    let over = held.filter { all || $0.value.isDue(at: now) }.sorted(by: Self.order)
    for (line, entry) in over {
      let goesOn = !all && !entry.isQuiet(at: now)
      held[line] = goesOn ? Held(since: now, last: entry.last, wait: min(entry.wait * 2, Self.longest)) : nil
    }
    return over.flatMap { summary($0.key, $0.value) }
  }

  private typealias Entry = (key: LogEntry, value: Held)

  /// Lines of the same moment are ordered by their text, so that the order is always the same.
  private static func order(_ a: Entry, _ b: Entry) -> Bool {
    (a.value.since, a.key.text) < (b.value.since, b.key.text)
  }

  private func summary(_ line: LogEntry, _ held: Held) -> [LogEntry] {
    guard held.count > 0 else { return [] }
    var summary = line
    let times = held.count == 1 ? "once more" : "\(held.count) more times"
    summary.text += " (\(times)\(held.isMixed ? ", in other words too," : "") in \(brief(held.last - held.since)))"
    return [summary]
  }
}
