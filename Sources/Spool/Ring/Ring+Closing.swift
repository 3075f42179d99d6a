import Telemetry

/// The end of a ring.
extension Ring {
  /// Everything in RAM and the cursor go to the disk, whatever their age, and the ledger with them.
  mutating func close(now: Uptime) {
    commitAll(now: now)
    finish(now: now)
  }

  /// The first half of `close`: what waits goes to the disk, also to one that has failed so far. A store may turn out to
  /// have appeared.
  mutating func commitAll(now: Uptime) {
    beginCall()
    if owesReport { writeReports(now: now) }
    confirmPlace(thorough: true, now: now)
    if degraded != nil { probe(now: now) } else { commit(upTo: ram.end, now: now) }
  }

  mutating func finish(now: Uptime) {
    if degraded == nil { saveCursor(now: now) }
    // Of records that were acknowledged in time the disk knows nothing yet, and the ledger counts them.
    if degraded == nil, diskEnd < ram.end { _ = write(upTo: ram.end, mayEvict: false, now: now) }
    let onDisk = unreadOnDisk + pending.count(in: 0..<diskEnd)
    if isDisplaced, onDisk > 0 { notices.append(.leftBehind(records: onDisk)) }
    if !ram.isEmpty { notices.append(.leftInRAM(records: ram.records(limit: .max).count)) }
  }
}
