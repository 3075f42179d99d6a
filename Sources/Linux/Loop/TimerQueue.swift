import Scheduling
import Telemetry

/// Timers in order of their deadlines; timers with the same deadline fire in the order they were set. A loop has only a
/// handful, so a sorted array beats a heap.
struct TimerQueue {
  private struct Entry {
    let token: TimerToken
    let deadline: Uptime
    let work: @Sendable () -> Void
  }

  private var entries: [Entry] = []
  /// The id of the timer that was added last.
  private(set) var lastID: UInt64 = 0

  var nextDeadline: Uptime? { entries.first?.deadline }

  mutating func add(_ deadline: Uptime, _ work: @escaping @Sendable () -> Void) -> TimerToken {
    lastID += 1
    let token = TimerToken(id: lastID)
    let index = entries.firstIndex { $0.deadline > deadline } ?? entries.endIndex
    entries.insert(Entry(token: token, deadline: deadline, work: work), at: index)
    return token
  }

  mutating func remove(_ token: TimerToken) { entries.removeAll { $0.token == token } }

  /// Removes the first timer that is due at `now` and was not added after the one with `id`, and returns its work.
  mutating func popDue(_ now: Uptime, addedUpTo id: UInt64) -> (@Sendable () -> Void)? {
    guard let index = entries.firstIndex(where: { $0.deadline > now || $0.token.id <= id }),
      entries[index].deadline <= now
    else { return nil }
    return entries.remove(at: index).work
  }
}
