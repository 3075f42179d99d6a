import Telemetry

/// Moves the records of a store that the path no longer leads to into the store that it leads to now. One segment at a
/// time: all records together may not fit into memory. Each block needs a sync, and on a slow disk the whole move takes
/// so long that the watchdog would think the process hangs.
struct Move {
  /// How many records around a loss are shown to the `LossReporter`.
  private static let shown = 200

  /// The former ring as it was at the start: records that are handed out and acknowledged meanwhile do not count as
  /// lost.
  private let former: Ring
  private(set) var found: Ring
  private(set) var moved = 0
  /// `found` is the same store, except for some missing segments.
  private let isSame: Bool
  /// Index of the next segment in `former.live`.
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

  /// Moves one segment, or finally the records in RAM. True when the move is complete or the target store has failed.
  /// `current` is the former ring as it is now.
  mutating func goOn(_ current: Ring, now: Uptime) -> Bool {
    while isSame, segment < former.live.count, !former.missing.contains(former.live[segment].number) { segment += 1 }
    if segment < former.live.count {
      moveSegment(current, now)
      return found.degraded != nil
    }
    reportUnreadable(now)
    // All at once, which is not much: between portions records would arrive, and nobody could tell which have been
    // moved.
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

  /// Reports unreadable records of the former store as lost. If the store is the same, its new ring knows what is
  /// missing.
  private mutating func reportUnreadable(_ now: Uptime) {
    let lost = former.waitingOnDisk - readable
    if !isSame, lost > 0 { found.reportUnreadable(lost, after: around, now: now) }
  }
}

extension Ring {
  /// Whether a record on the disk is still to be sent. Records that were settled before their turn are not.
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
