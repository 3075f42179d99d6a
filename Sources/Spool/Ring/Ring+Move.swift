import Telemetry

/// The records of a store that the name no longer leads to, on their way into the one that it leads to now. They go
/// segment by segment: there can be more of them than fit into the memory, and each block is a sync, which takes a slow
/// disk long enough in all for the watchdog to think that the process hangs.
struct Move {
  /// So many records are shown to the bookkeeper as those around a loss.
  private static let shown = 200

  /// As it was at the beginning: what is handed out and acknowledged meanwhile does not count as lost.
  private let former: Ring
  private(set) var found: Ring
  private(set) var moved = 0
  /// It is the same store, but for some segments, which are missing in it.
  private let isSame: Bool
  /// The next one of `former.live`.
  private var segment = 0
  private var next: RecordNumber
  private var readable = 0
  private var around: [[UInt8]] = []

  init(from former: Ring, to found: Ring) {
    self.former = former
    self.found = found
    isSame = !former.live.isEmpty && found.storeID == former.storeID
    next = former.cursor
  }

  /// Moves a segment, or at last what is in RAM; true when that is done, or the store that takes it has failed.
  /// `current`: the former ring as it is now.
  mutating func goOn(_ current: Ring, now: Uptime) -> Bool {
    while isSame, segment < former.live.count, !former.missing.contains(former.live[segment].number) { segment += 1 }
    if segment < former.live.count {
      moveSegment(current, now)
      return found.degraded != nil
    }
    reportUnreadable(now)
    // All at once, which is not much: of what came in between nobody could tell whether it has been moved.
    for bytes in current.ram.records(limit: .max) where found.degraded == nil { take(bytes, now) }
    return true
  }

  private mutating func moveSegment(_ current: Ring, _ now: Uptime) {
    for index in 0..<former.store.slotsPerSegment {
      guard let block = former.peek(segment, index), block.end > next else { continue }
      for number in max(next, block.first)..<block.end where former.waits(number) {
        guard let bytes = block.records[Int(number - block.first)] else { continue }
        readable += 1
        if current.waits(number) { take(bytes, now) }
        if found.degraded != nil { return }
      }
      next = block.end
    }
    segment += 1
  }

  private mutating func take(_ bytes: [UInt8], _ now: Uptime) {
    if around.count < Self.shown { around.append(bytes) }
    if found.takeOver(bytes, now: now) { moved += 1 }
  }

  /// What could not be read of the former store is lost. Of the same store, the ring that opened it knows what is
  /// missing.
  private mutating func reportUnreadable(_ now: Uptime) {
    let lost = former.waitingOnDisk - readable
    if !isSame, lost > 0 { found.reportUnreadable(lost, after: around, now: now) }
  }
}

extension Ring {
  /// Whether a record on the disk is still to be sent: what was settled before its turn is not.
  fileprivate func waits(_ number: RecordNumber) -> Bool {
    (number >= frontier || pending.contains(number)) && !lanes.isSettled(number)
  }

  fileprivate var waitingOnDisk: Int {
    let unread = frontier..<max(frontier, diskEnd)
    let settled = lanes.acknowledged.count(in: unread) + lanes.rejected.count(in: unread)
    return unreadOnDisk + pending.count(in: 0..<diskEnd) - settled
  }

  fileprivate mutating func reportUnreadable(_ count: Int, after: [[UInt8]], now: Uptime) {
    lossReporter.unreadable(count, before: [], after: after, hasHoles: true)
    owesReport = true
    settleLosses(now: now)
  }
}
