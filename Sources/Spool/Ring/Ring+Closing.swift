import Telemetry

/// Closing a ring.
extension Ring {
  /// Writes everything in RAM, whatever its age, the cursor and the ledger to the disk.
  mutating func close(now: Uptime) {
    commitAll(now: now)
    finish(now: now)
  }

  /// The first half of `close`: writes the waiting records, even to a disk that has failed so far. A store may turn out
  /// to have appeared.
  mutating func commitAll(now: Uptime) {
    beginCall()
    if owesReport { writeReports(now: now) }
    confirmPlace(thorough: true, now: now)
    if degraded != nil { probe(now: now) } else { commit(upTo: ram.end, now: now) }
  }

  mutating func finish(now: Uptime) {
    if degraded == nil { saveCursor(now: now) }
    // The disk does not know of records that were acknowledged before they were written, but the ledger counts them.
    if degraded == nil, diskEnd < ram.end { _ = write(upTo: ram.end, mayEvict: false, now: now) }
    let onDisk = unreadOnDisk + pending.count(in: 0..<diskEnd)
    if isDisplaced, onDisk > 0 { notices.append(.leftBehind(records: onDisk)) }
    if !ram.isEmpty { notices.append(.leftInRAM(records: ram.records(limit: .max).count)) }
  }
}
