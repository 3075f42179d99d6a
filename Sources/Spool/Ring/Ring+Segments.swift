import Telemetry

/// How the ring turns: where the next block goes, and what is given up to make room for it.
extension Ring {
  /// The last slot of a segment is reserved for a block that only says that another segment is settled.
  var usableSlots: Int { store.slotsPerSegment - 1 }
  private var maximumSegments: Int {
    max(2, Int(options.capacity / Int64(store.slotsPerSegment * blockSize)))
  }
  /// Segments that cannot be read do not count: otherwise there would soon be nowhere to write.
  private var segmentCount: Int { live.count + free.count }

  /// Returns a place with at least one slot to write. A segment that has not begun is no longer in `free`; it returns
  /// there when writing its first slot fails.
  mutating func claim(mayEvict: Bool, now: Uptime) throws(WriteFault) -> Head {
    if let head, head.next < usableSlots || head.hasSlotBehindTail { return head }
    releaseSettled()
    giveBackSurplus()
    if free.isEmpty, live.count > 1, live[1].first <= cursor { try announceSettled() }
    if doubtful.isSuperset(of: free), segmentCount < maximumSegments { create(now: now) }
    if free.isEmpty {
      // A disk that is full before the limit is reached counts as a smaller disk, as long as the ring can turn.
      if let noSpace, live.count < 2 || !noSpace.error.isNoSpace { throw .storage(noSpace.error) }
      guard mayEvict, options.whenFull == .evictOldest, live.count > 1 else { throw .full }
      evictOldestSegments(now: now)
      try announceSettled()
    }
    let segment = free.remove(at: free.firstIndex { !doubtful.contains($0) } ?? 0)
    forgetFaults(of: segment)
    let base = nextBase
    nextBase += UInt64(store.slotsPerSegment)
    return Head(segment: segment, base: base, next: 0, begun: false)
  }

  /// Removes surplus segments, left over from settings with a larger buffer. They are removed once they are free; no
  /// waiting record is given up for that. The last free segment stays, because it is needed soon.
  mutating func giveBackSurplus() {
    while segmentCount > maximumSegments, free.count > 1, let number = free.last {
      do throws(StorageError) { try store.removeSegment(number) } catch { return }
      free.removeLast()
      doubtful.remove(number)
    }
  }

  /// Frees segments once the disk has a cursor beyond all of their records.
  mutating func releaseSettled() {
    while live.count > 1, live[1].first <= savedCursor { releaseOldest() }
  }

  private mutating func releaseOldest() {
    let segment = live.removeFirst().number
    free.append(segment)
    readFaults = readFaults.filter { $0.key / store.slotsPerSegment != segment }
    cached = nil
  }

  /// Writes the cursor to the reserved slot, and frees the segments that this settles. The reserved slot can be used up
  /// only after a failure. The segments are then freed without a block: a power cut while the first slot of one is
  /// being overwritten may then report acknowledged records as lost.
  private mutating func announceSettled() throws(WriteFault) {
    try writeAnnouncement()
    while live.count > 1, live[1].first <= cursor { releaseOldest() }
  }

  /// Makes room. The reports of the evicted records take at most half of it. With thousands of sensors the reports of
  /// one segment are larger than the segment and would evict the next one, and so on without end. In that case several
  /// segments are evicted at once and share their reports.
  private mutating func evictOldestSegments(now: Uptime) {
    let before = tally.evicted
    var segments = 0
    var reports: [[UInt8]] = []
    repeat {
      if !reports.isEmpty {
        lossReporter.retake(reports)
        owesReport = true
      }
      segments += 1
      giveUp(below: live[segments].first, holes: live[segments].holes, .evicted, now: now)
      reports = pendingReports()
    } while segments + 1 < live.count && Self.size(of: reports) > segments * usableSlots * Block.capacity / 2
    if tally.evicted > before { notices.append(.evicted(records: tally.evicted - before)) }
    for report in reports { takeReport(report, now: now) }
  }

  private static func size(of records: [[UInt8]]) -> Int { records.reduce(0) { $0 + Block.size(of: $1) } }

  private mutating func create(now: Uptime) {
    if let noSpace, noSpace.until > now { return }
    let number = live.unusedNumber(besides: free + excluded)
    do throws(StorageError) {
      try store.createSegment(number)
      free.append(number)
      tally.bytesWritten += Int64(store.slotsPerSegment * blockSize)
      noSpace = nil
    } catch {
      noSpace = (error, until: now + options.probeEvery)
    }
  }

  /// Whether a record may be taken: always if old records may be given up for it, otherwise only if all of RAM fits
  /// into the remaining slots.
  func hasRoom(for count: Int, now: Uptime) -> Bool {
    guard options.whenFull == .refuseNewest else { return true }
    if degraded != nil { return ram.memory + count + 2 <= options.degradedLimit }
    let size = ram.size + count + 2
    // Two consecutive blocks together hold more than one block's worth: the second began because the first was full.
    // One more slot is for the cursor, and one for a report.
    return slotsLeft(now: now) >= 2 * size / Block.capacity + 3
  }

  /// Number of slots that can be written before something has to be given up.
  func slotsLeft(now: Uptime) -> Int {
    let settled = live.dropFirst().prefix { $0.first <= cursor }.count
    let hasSpace = noSpace.map { $0.until <= now } ?? true
    let segments = free.count + settled + (hasSpace ? max(0, maximumSegments - segmentCount) : 0)
    return max(0, usableSlots - (head?.next ?? usableSlots)) + segments * usableSlots
  }
}
