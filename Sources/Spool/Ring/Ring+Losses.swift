import Telemetry

/// Finding and reporting losses.
extension Ring {
  /// How many blocks on each side of a loss are searched for what was lost.
  private static let neighbours = 4
  /// How many times one call writes reports. Each round includes the reports of what the previous one evicted.
  private static let roundsOfReports = 4

  /// Handles numbers from `number` up to `target` that are in no readable block. Lost are the records that were handed
  /// out and are gone now, and, beyond the frontier, all numbers that the holes do not explain.
  mutating func pass(from number: RecordNumber, to target: RecordNumber, holes: UInt64) {
    var lost = pending.remove(in: number..<max(number, target))
    lanes.forget(number..<max(number, target))
    if target > frontier {
      let settled = passSettledAhead(frontier..<target)
      let missing = Int(target - frontier) - (Int(holes) - Int(frontierHoles)) - settled
      // Negative only after failed writes: see `align`.
      if missing < 0 { correctRecovered(by: -missing) } else { lost += missing }
      frontier = target
      frontierHoles = holes
    }
    if target > number { lose(lost, of: number..<target) }
  }

  /// Counts and reports `lost` of these numbers as lost. No block has any of them; the others are settled.
  mutating func lose(_ lost: Int, of numbers: Range<RecordNumber>) {
    guard lost > 0 else { return }
    tally.lost += lost
    lostEver += UInt64(lost)
    beyond.lost.append((numbers.lowerBound, UInt64(lost)))
    let (before, after) = (surroundings(before: numbers.lowerBound), surroundings(from: numbers.upperBound))
    let hasHoles = lost != numbers.count || before.holes != after.holes
    lossReporter.unreadable(lost, before: before.records, after: after.records, hasHoles: hasHoles)
    owesReport = true
    notices.append(.recordsLost(records: lost, first: numbers.lowerBound, slots: suspects))
  }

  /// The correction is non-zero only after failed writes: a block that did not count before a restart can count after
  /// it.
  mutating func align(with block: Block) {
    guard frontier < diskEnd, frontier >= block.first, frontier < block.end else { return }
    correctRecovered(by: Int(block.holes(below: frontier)) - Int(frontierHoles))
    frontierHoles = block.holes(below: frontier)
  }

  private mutating func correctRecovered(by difference: Int) {
    tally.recovered += difference
    acknowledgedBefore -= difference
  }

  /// The part of the totals that comes from losses above a cursor.
  func losses(notBelow cursor: RecordNumber) -> (evicted: UInt64, expired: UInt64, lost: UInt64) {
    let lost = beyond.lost.reduce(0 as UInt64) { $1.number >= cursor ? $0 + $1.count : $0 }
    return (beyond.evicted.count(notBelow: cursor), beyond.expired.count(notBelow: cursor), lost)
  }

  /// Called once the disk has a cursor beyond these losses.
  mutating func forgetBeyond(below number: RecordNumber) {
    beyond.evicted.remove(in: 0..<number)
    beyond.expired.remove(in: 0..<number)
    beyond.lost.removeAll { $0.number < number }
  }

  mutating func expire(_ bytes: [UInt8]) {
    tally.expired += 1
    expiredEver += 1
    expiredNow += 1
    lossReporter.lost(bytes, .expired)
    owesReport = true
  }

  /// Gives up every record on the disk below `end`, which is the start of a segment or the end of all records.
  mutating func giveUp(below end: RecordNumber, holes: UInt64, _ reason: LossReason, now: Uptime) {
    var next = cursor
    while next < end {
      guard case .found(let block, let blockEnd) = find(next, now: now), block.first < end else {
        pass(from: next, to: end, holes: holes)
        break
      }
      if block.first > next { pass(from: next, to: block.first, holes: block.holes) }
      align(with: block)
      let begin = max(block.first, next)
      next = min(blockEnd, end)
      for number in begin..<next { giveUp(number, block.records[Int(number - block.first)], reason) }
    }
    skipSettled()
  }

  private mutating func giveUp(_ number: RecordNumber, _ bytes: [UInt8]?, _ reason: LossReason) {
    if number >= frontier {
      frontier = number + 1
      if bytes == nil { frontierHoles += 1 }
      if wasSettledAhead(number) { return }
      lanes.forget(number)
    } else if !leavePending(number) {
      return
    }
    if let bytes { evict(bytes, reason) }
  }

  mutating func evict(_ bytes: [UInt8], _ reason: LossReason) {
    tally.evicted += 1
    evictedEver += 1
    lossReporter.lost(bytes, reason)
    owesReport = true
  }

  /// Turns the losses into report records in RAM. From now on every block carries them, until one holds them.
  mutating func writeReports(now: Uptime) {
    for report in pendingReports() { takeReport(report, now: now) }
  }

  /// Returns the reports of the losses since the last ones. The `LossReporter` has forgotten these losses afterwards.
  mutating func pendingReports() -> [[UInt8]] {
    guard owesReport || lanes.rejectedAt != nil else { return [] }
    owesReport = false
    lanes.rejectedAt = nil
    if expiredNow > 0 { notices.append(.expired(records: expiredNow)) }
    expiredNow = 0
    let reports = lossReporter.reports(epoch: epoch)
    for report in reports where report.count > Block.maximumReport {
      notices.append(.tooLong(bytes: report.count, limit: Block.maximumReport))
    }
    return reports.filter { $0.count <= Block.maximumReport }
  }

  mutating func takeReport(_ report: [UInt8], now: Uptime) {
    carried.append(ram.end)
    hasten(ram.end)
    ram.append(report, critical: true, now: now)
    tally.taken += 1
  }

  /// Takes a report that is not this ring's own.
  mutating func keepReport(_ report: [UInt8], now: Uptime) {
    beginCall()
    takeReport(report, now: now)
    settleLosses(now: now)
  }

  /// Call this at the end of everything that may have lost records. Writing reports may evict records, which are
  /// reported too. If this does not end soon, because the reports alone fill the buffer, the remaining reports wait,
  /// and each block carries them.
  mutating func settleLosses(now: Uptime) {
    if owesReport { writeReports(now: now) }
    guard degraded == nil, !isStalled(now: now) else { return }
    for _ in 0..<Self.roundsOfReports {
      guard let last = carried.last else { return }
      commit(upTo: last + 1, now: now)
      if degraded != nil || stalledUntil != nil { return }
    }
    if !carried.isEmpty { stall(now: now) }
  }

  /// The reports that are only in RAM and fit into `room` bytes of a block that ends at `end`.
  func copies(from end: RecordNumber, room: Int) -> [[UInt8]] {
    var room = room
    var copies: [[UInt8]] = []
    for number in carried where number >= end && number >= ram.first {
      guard let bytes = ram[number], Block.size(of: bytes) <= room else { continue }
      room -= Block.size(of: bytes)
      copies.append(bytes)
    }
    return copies
  }

  // MARK: What lies around a loss

  /// Records on one side of a loss, and the number of holes below the outermost of their blocks (before the loss) or up
  /// to its end (after the loss). If both sides have the same number, every number between them is known.
  private typealias Surroundings = (records: [[UInt8]], holes: UInt64?)

  private mutating func surroundings(before number: RecordNumber) -> Surroundings {
    var blocks: [Block] = []
    let last = number > 0 ? live.lastIndex(beginningBy: number - 1) : nil
    search: for segment in live.indices.prefix((last ?? -1) + 1).reversed() {
      for index in (0..<store.slotsPerSegment).reversed() {
        guard let block = look(segment, index), block.first < number else { continue }
        if !block.records.isEmpty { blocks.append(block) }
        if blocks.count == Self.neighbours { break search }
      }
    }
    let records = blocks.reversed().flatMap { block in
      block.records.prefix(Int(min(block.end, number) - block.first)).compactMap { $0 }
    }
    return (records, blocks.last?.holes)
  }

  private mutating func surroundings(from number: RecordNumber) -> Surroundings {
    var blocks: [Block] = []
    search: for segment in live.indices.dropFirst(live.lastIndex(beginningBy: number) ?? 0) {
      for index in 0..<store.slotsPerSegment {
        guard let block = look(segment, index), block.end > number else { continue }
        blocks.append(block)
        if blocks.count == Self.neighbours { break search }
      }
    }
    let records = blocks.flatMap { block in
      block.records.dropFirst(number > block.first ? Int(number - block.first) : 0).compactMap { $0 }
    }
    guard blocks.count < Self.neighbours else { return (records, blocks.last?.holesAtEnd) }
    let settled = ram.first - diskEnd + UInt64(ram.settled(in: ram.first..<ram.end))
    return (records + ram.records(limit: 200), holes + settled)
  }

  /// Like `peek`, but within the budget of failing reads.
  private mutating func look(_ segment: Int, _ index: Int) -> Block? {
    let slot = live[segment].number * store.slotsPerSegment + index
    guard failingReadsLeft > 0, !condemned.contains(slot), readFaults[slot] == nil else { return nil }
    guard let bytes = try? store.read(slot: slot) else {
      failingReadsLeft -= 1
      return nil
    }
    return valid(bytes, segment, index)
  }

  /// A block, if it can be read at once.
  func peek(_ segment: Int, _ index: Int) -> Block? {
    let slot = live[segment].number * store.slotsPerSegment + index
    guard !condemned.contains(slot), let bytes = try? store.read(slot: slot) else { return nil }
    return valid(bytes, segment, index)
  }

  func valid(_ bytes: [UInt8], _ segment: Int, _ index: Int) -> Block? {
    guard let block = try? Block(decoding: bytes), block.store == storeID,
      block.number == live[segment].base + UInt64(index)
    else { return nil }
    return block
  }
}
