import Telemetry

/// Reading records back from the disk.
extension Ring {
  enum Slot {
    case block(Block)
    /// Never written, left over from an earlier use of the segment, or broken.
    case none
    /// The disk failed to read the slot; a later attempt may succeed.
    case waiting
  }

  enum Search {
    case found(Block, end: RecordNumber)
    case nothing
    case waiting
  }

  /// A large expired backlog is given up in portions of about this many records, so that other work can run in between.
  private static let expiredAtOnce = 2_000
  /// How many reads may fail in one call. On a card each can take half a minute, and the watchdog's check waits
  /// meanwhile.
  private static let failingReadsAtOnce = 2
  /// How long records in RAM wait, to keep the order, for records on a disk that cannot be read at all.
  private static let patience = Duration.seconds(120)

  /// Returns at most `limit` waiting records: first those that overtake (`isAhead`), then those after `number` in order
  /// (nil: from the first one). Pass the last in-order number to the next call. The result is empty when nothing waits;
  /// when the disk cannot be read, which holds later records back for two minutes to keep the order; and when
  /// `wasCutShort` says that there are more.
  mutating func next(after number: RecordNumber?, limit: Int, now: Uptime) -> [SpooledRecord] {
    beginCall()
    wasCutShort = false
    var records = collectAhead(after: number, limit: limit, now: now)
    records += collect(after: number, limit: limit - records.count, now: now)
    let end = ram.end
    settleLosses(now: now)
    // The report of newly found losses is waiting now.
    if ram.end > end { wasCutShort = true }
    return records
  }

  private mutating func collect(after number: RecordNumber?, limit: Int, now: Uptime) -> [SpooledRecord] {
    var next = cursor
    if let number, number >= next { next = number < frontier ? number + 1 : frontier }
    var records: [SpooledRecord] = []
    while records.count < limit, next < diskEnd {
      if expiredNow >= Self.expiredAtOnce {
        wasCutShort = true
        return records
      }
      switch find(next, now: now) {
      case .waiting: return records
      case .nothing:
        pass(from: next, to: diskEnd, holes: holes)
        next = diskEnd
      case .found(let block, let end):
        if block.first > next { pass(from: next, to: block.first, holes: block.holes) }
        next = take(from: block, max(next, block.first)..<end, limit: limit, into: &records)
      }
    }
    skipSettled()
    next = max(next, ram.first)
    while records.count < limit, next < ram.end {
      if let bytes = ram[next] {
        let isNew = next >= frontier
        if isNew { frontier = next + 1 }
        if lanes.hasElsewhere(next) {
          if isNew { pending.insert(next) }
        } else if lossReporter.isExpired(bytes) {
          if pending.remove(next) { lanes.forget(next) }
          expire(bytes)
          ram.settle(next)
        } else {
          if isNew { pending.insert(next) }
          handOutInOrder(next, bytes, into: &records)
        }
      }
      // Expiring the oldest record can also remove settled records behind it.
      next = max(next + 1, ram.first)
    }
    skipSettled()
    return records
  }

  /// Hands out records of one block. Returns the number at which it stopped.
  private mutating func take(
    from block: Block, _ range: Range<RecordNumber>, limit: Int, into records: inout [SpooledRecord]
  ) -> RecordNumber {
    align(with: block)
    for number in range {
      if records.count == limit { return number }
      let bytes = block.records[Int(number - block.first)]
      let isNew = number >= frontier
      if isNew { frontier = number + 1 }
      guard let bytes else {
        if isNew { frontierHoles += 1 }
        continue
      }
      if isNew, wasSettledAhead(number) { continue }
      if lanes.hasElsewhere(number) {
        if isNew { pending.insert(number) }
        continue
      }
      guard isNew || pending.contains(number) else { continue }
      if lossReporter.isExpired(bytes) {
        if pending.remove(number) { lanes.forget(number) }
        beyond.expired.insert(number)
        expire(bytes)
      } else {
        if isNew { pending.insert(number) }
        handOutInOrder(number, bytes, into: &records)
      }
    }
    return range.upperBound
  }

  private mutating func handOutInOrder(_ number: RecordNumber, _ bytes: [UInt8], into records: inout [SpooledRecord]) {
    // Mark it as in flight: on the next connection it goes out before later urgent records again.
    if lanes.isUrgent(number) { lanes.handedOut(number) }
    records.append(SpooledRecord(number: number, bytes: bytes))
  }

  /// Finds the first block that holds `number` or a later record. The search begins at the block that was read last, or
  /// at the segment that should hold the record.
  mutating func find(_ number: RecordNumber, now: Uptime) -> Search {
    var segment = live.lastIndex(beginningBy: number) ?? 0
    var index = 0
    if let cached, cached.block.first <= number {
      let end = min(cached.block.end, end(of: cached.segment))
      if number < end { return .found(cached.block, end: end) }
      if cached.segment == segment { index = cached.index + 1 }
    }
    suspects = []
    while segment < live.count {
      let end = self.end(of: segment)
      let used = segment == live.count - 1 ? head?.next ?? store.slotsPerSegment : store.slotsPerSegment
      while index < used {
        switch load(segment, index, now: now) {
        case .waiting: return .waiting
        case .block(let block) where block.first < end && block.end > number:
          cached = (block, segment, index)
          return .found(block, end: min(block.end, end))
        case .block: break
        case .none: suspects.append(live[segment].number * store.slotsPerSegment + index)
        }
        index += 1
      }
      segment += 1
      index = 0
    }
    return .nothing
  }

  /// Where the records of a segment end: records that the next segment also has belong to the next one.
  private func end(of segment: Int) -> RecordNumber {
    segment + 1 < live.count ? min(live[segment + 1].first, diskEnd) : diskEnd
  }

  mutating func load(_ segment: Int, _ index: Int, now: Uptime) -> Slot {
    let slot = live[segment].number * store.slotsPerSegment + index
    guard !condemned.contains(slot) else { return .none }
    if let retryAt = readFaults[slot]?.retryAt, now < retryAt { return .waiting }
    guard failingReadsLeft > 0 else {
      wasCutShort = true
      return .waiting
    }
    do throws(StorageError) {
      let bytes = try store.read(slot: slot)
      readFaults[slot] = nil
      (witness, unreadableSince) = (slot, nil)
      return valid(bytes, segment, index).map { .block($0) } ?? .none
    } catch {
      failingReadsLeft -= 1
      unreadableSince = unreadableSince ?? now
      return failedRead(slot, error, now: now)
    }
  }

  /// Tries an unreadable block three times, a probe interval apart, regardless of which reader needs it. Then the slot
  /// is given up. A slot directly behind it is given up at its first failure. While nothing else can be read either, no
  /// slot is given up: the whole disk is away and may come back.
  private mutating func failedRead(_ slot: Int, _ error: StorageError, now: Uptime) -> Slot {
    let attempts = (readFaults[slot]?.attempts ?? 0) + 1
    if attempts == 1 { notices.append(.unreadable(slot: slot, error: error)) }
    if attempts >= 3 || condemned.contains(slot - 1), canReadElsewhere(than: slot, attempt: attempts) {
      readFaults[slot] = nil
      condemned.insert(slot)
      return .none
    }
    readFaults[slot] = ReadFault(attempts: attempts, retryAt: now + options.probeEvery)
    return .waiting
  }

  /// Tries one other slot: the one that was read last, or a different one with each attempt. Only one, because on a
  /// disk that is away each read can take long.
  private mutating func canReadElsewhere(than slot: Int, attempt: Int) -> Bool {
    let other = witness.flatMap { isLive($0) ? $0 : nil } ?? anyOther(than: slot, attempt: attempt)
    do throws(StorageError) {
      try store.probe(slot: other)
      (witness, unreadableSince) = (other, nil)
      return true
    } catch {
      failingReadsLeft -= 1
      witness = nil
      return false
    }
  }

  private func isLive(_ slot: Int) -> Bool { live.contains(number: slot / store.slotsPerSegment) }

  /// Goes from segment to segment, and on the next round to the next slot in each.
  private func anyOther(than slot: Int, attempt: Int) -> Int {
    func place(_ attempt: Int) -> Int {
      let segment = live[attempt % live.count].number
      return segment * store.slotsPerSegment + attempt / live.count % store.slotsPerSegment
    }
    return place(attempt) == slot ? place(attempt + 1) : place(attempt)
  }

  /// Resets the budget of failing reads at the start of each external call.
  mutating func beginCall() { failingReadsLeft = Self.failingReadsAtOnce }

  /// Whether nothing could be read for so long that records in RAM no longer wait for their turn.
  func isDiskAway(now: Uptime) -> Bool { unreadableSince.map { now >= $0 + Self.patience } ?? false }

  /// Allows the next reader to try slots whose pause is over.
  mutating func allowRetries(now: Uptime) {
    for (slot, fault) in readFaults {
      if let retryAt = fault.retryAt, retryAt <= now { readFaults[slot]?.retryAt = nil }
    }
  }

  /// Called when the segment gets new content.
  mutating func forgetFaults(of segment: Int) {
    condemned = condemned.filter { $0 / store.slotsPerSegment != segment }
    readFaults = readFaults.filter { $0.key / store.slotsPerSegment != segment }
  }
}
