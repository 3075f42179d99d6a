import Telemetry

/// How blocks get to the disk.
extension Ring {
  /// Why a block was not written.
  private enum WriteFault: Error {
    case storage(StorageError)
    /// No slot, and no segment may be given up.
    case full
  }

  /// The last slot of a segment is kept for a block that only says that another segment is settled.
  private var usableSlots: Int { store.slotsPerSegment - 1 }
  private var maximumSegments: Int {
    max(2, Int(options.capacity / Int64(store.slotsPerSegment * blockSize)))
  }
  /// Those that cannot be read do not count: there would soon be nowhere to write to.
  private var segmentCount: Int { live.count + free.count }

  /// How long a ring without a place to write to waits for one.
  private static let stall = Duration.seconds(5)

  /// Brings every record below `target` to the disk, or gives up for now: degraded, or full.
  mutating func commit(upTo target: RecordNumber, now: Uptime) {
    while ram.first < target, !ram.isEmpty {
      guard write(upTo: target, mayEvict: true, now: now) else {
        stalledUntil = now + Self.stall
        return
      }
    }
    stalledUntil = nil
  }

  /// Writes a block without records if the disk has not heard of the last acknowledgements.
  mutating func saveCursor(now: Uptime) {
    if savedCursor < min(cursor, diskEnd) { _ = write(upTo: ram.first, mayEvict: false, now: now) }
    // Not even when it failed: the next attempt comes with the next acknowledgement or after the next interval.
    unsavedAcknowledgements = 0
    firstUnsavedAt = savedCursor < min(cursor, diskEnd) ? now : nil
  }

  /// Tries whether the disk can be written again.
  mutating func probe(now: Uptime) {
    degraded?.probeAt = now + options.probeEvery
    do throws(StorageError) {
      try store.reopen()
      try recognise()
    } catch {
      if error != degraded?.cause { notices.append(.stillDegraded(error)) }
      degraded?.cause = error
      return
    }
    if write(upTo: ram.end, mayEvict: true, now: now) { commit(upTo: ram.end, now: now) }
    settleLosses(now: now)
  }

  /// Writes at least one block; false if that was not possible. Three failures in a row make the ring degraded;
  /// then there is one attempt at a time.
  mutating func write(upTo target: RecordNumber, mayEvict: Bool, now: Uptime) -> Bool {
    while true {
      do throws(WriteFault) {
        try writeBatch(upTo: target, mayEvict: mayEvict, now: now)
        failures = 0
        leaveDegraded()
        return true
      } catch {
        guard case .storage(let cause) = error else { return false }
        failures += 1
        if degraded != nil { return false }
        guard failures < 3 else {
          degrade(cause, now: now)
          return false
        }
      }
    }
  }

  mutating func degrade(_ cause: StorageError, now: Uptime) {
    degraded = Degraded(cause: cause, probeAt: now + options.probeEvery, evictedBefore: tally.evicted)
    notices.append(.degradedBegan(cause))
  }

  private mutating func leaveDegraded() {
    guard let degraded else { return }
    notices.append(.degradedEnded(evicted: tally.evicted - degraded.evictedBefore))
    self.degraded = nil
  }

  /// One sync, and before it as many blocks as the records below `target` need and the segment has slots for; at
  /// least one, without records when RAM has none below `target`. A segment's first block is synced alone, so that
  /// there is never a valid block behind a first slot that was not written.
  private mutating func writeBatch(upTo target: RecordNumber, mayEvict: Bool, now: Uptime) throws(WriteFault) {
    var place = try claim(mayEvict: mayEvict, now: now)
    let slots = place.segment * store.slotsPerSegment
    let firstSlot = slots + place.next
    var landed = false
    defer {
      if place.begun {
        head = place
        doubtful.remove(place.segment)
      } else {
        free.append(place.segment)
        doubtful.insert(place.segment)
      }
      if !landed { condemned.formUnion(firstSlot..<slots + place.next) }
    }
    let saved = cursor
    let begin = ram.first
    var next = begin
    var newHoles = holes + (begin - diskEnd)
    repeat {
      let end = next < target ? blockEnd(from: next) : next
      let block = block(at: place, cursor: saved, from: next, to: end, holes: newHoles)
      place.next += 1
      try put(block, slot: slots + place.next - 1)
      newHoles = block.holesAtEnd
      next = end
    } while place.begun && next < target && place.next < usableSlots
    try sync(place.segment)

    if !place.begun {
      live.append(Segment(number: place.segment, base: place.base, first: begin, holes: holes + (begin - diskEnd)))
      place.begun = true
    }
    landed = true
    settle(upTo: next, holes: newHoles, cursor: saved)
  }

  /// What was written is on the disk: RAM can let go of it.
  private mutating func settle(upTo end: RecordNumber, holes newHoles: UInt64, cursor saved: RecordNumber) {
    if frontier >= diskEnd {
      frontier = max(frontier, ram.first)
      frontierHoles = newHoles
    }
    diskEnd = end
    carried.removeAll { $0 < end }
    holes = newHoles
    ram.remove(below: end)
    skipSettled()
    savedCursor = saved
    beyond.removeAll { $0.number < saved }
    unsavedAcknowledgements = 0
    firstUnsavedAt = nil
  }

  /// Where the block ends that begins with `number` in RAM: there is room for the reports that it has to carry, unless
  /// its first record needs that.
  private func blockEnd(from number: RecordNumber) -> RecordNumber {
    let carrying = copies(from: number, room: Block.carriedCapacity).reduce(0) { $0 + Block.size(of: $1) }
    let end = ram.blockEnd(from: number, room: Block.capacity - carrying)
    return end > number ? end : ram.blockEnd(from: number)
  }

  private func block(
    at place: Head, cursor: RecordNumber, from first: RecordNumber, to end: RecordNumber, holes: UInt64
  ) -> Block {
    let records = (first..<end).map { ram[$0].bytes }
    let room = Block.capacity - records.reduce(0) { $0 + Block.size(of: $1) }
    let above = beyond.filter { $0.number >= cursor }
    return Block(
      number: place.base + UInt64(place.next), store: storeID, cursor: cursor, first: first, holes: holes,
      evicted: evictedEver, expired: expiredEver - above.reduce(0) { $0 + $1.expired },
      lost: lostEver - above.reduce(0) { $0 + $1.lost }, epoch: epoch, records: records,
      carried: copies(from: end, room: room))
  }

  private mutating func put(_ block: Block, slot: Int) throws(WriteFault) {
    if cached?.block.number == block.number { cached = nil }
    do throws(StorageError) { try store.write(block.encoded(), slot: slot) } catch { throw .storage(error) }
    tally.bytesWritten += Int64(blockSize)
  }

  private func sync(_ segment: Int) throws(WriteFault) {
    do throws(StorageError) { try store.sync(segment: segment) } catch { throw .storage(error) }
  }

  /// A place with at least one slot to write. One that has not begun is no longer in `free`: it goes back there
  /// when writing its first slot fails.
  private mutating func claim(mayEvict: Bool, now: Uptime) throws(WriteFault) -> Head {
    if let head, head.next < usableSlots { return head }
    releaseSettled()
    if free.isEmpty, live.count > 1, live[1].first <= cursor { try announceSettled() }
    if doubtful.isSuperset(of: free), segmentCount < maximumSegments { create(now: now) }
    if free.isEmpty {
      // A disk that is full before the limit is reached is a smaller disk, as long as the ring can turn.
      if let noSpace, live.count < 2 || !noSpace.error.isNoSpace { throw .storage(noSpace.error) }
      guard mayEvict, options.whenFull == .evictOldest, live.count > 1 else { throw .full }
      evictOldestSegment(now: now)
      try announceSettled()
    }
    let segment = free.remove(at: free.firstIndex { !doubtful.contains($0) } ?? 0)
    condemned = condemned.filter { $0 / store.slotsPerSegment != segment }
    let base = nextBase
    nextBase += UInt64(store.slotsPerSegment)
    return Head(segment: segment, base: base, next: 0, begun: false)
  }

  /// Segments become free when the disk knows that all they hold is settled.
  mutating func releaseSettled() {
    while live.count > 1, live[1].first <= savedCursor { releaseOldest() }
  }

  private mutating func releaseOldest() {
    free.append(live.removeFirst().number)
    cached = nil
  }

  /// Writes the cursor to the slot that is kept for this, and frees what that settles. When the slot is used up,
  /// which takes a failure, the segment is freed all the same: a power cut while its first slot is being
  /// overwritten may then report acknowledged records as lost.
  private mutating func announceSettled() throws(WriteFault) {
    if var place = head, place.begun, place.next < store.slotsPerSegment {
      let saved = cursor
      let newHoles = holes + (ram.first - diskEnd)
      let block = block(at: place, cursor: saved, from: ram.first, to: ram.first, holes: newHoles)
      place.next = store.slotsPerSegment
      head = place
      try put(block, slot: place.segment * store.slotsPerSegment + Int(block.number - place.base))
      try sync(place.segment)
      settle(upTo: ram.first, holes: newHoles, cursor: saved)
    }
    while live.count > 1, live[1].first <= cursor { releaseOldest() }
  }

  private mutating func evictOldestSegment(now: Uptime) {
    let before = tally.evicted
    giveUp(below: live[1].first, holes: live[1].holes, .evicted, now: now)
    if tally.evicted > before { notices.append(.evicted(records: tally.evicted - before)) }
    writeReports(now: now)
  }

  private mutating func create(now: Uptime) {
    if let noSpace, noSpace.until > now { return }
    let used = Set(live.map(\.number) + free + excluded)
    var number = 0
    while used.contains(number) { number += 1 }
    do throws(StorageError) {
      try store.createSegment(number)
      free.append(number)
      tally.bytesWritten += Int64(store.slotsPerSegment * blockSize)
      noSpace = nil
    } catch {
      noSpace = (error, until: now + options.probeEvery)
    }
  }

  /// Whether a record may be taken: always when old ones may be given up for it, else only when all of RAM could be
  /// written with what is left.
  func hasRoom(for count: Int, now: Uptime) -> Bool {
    guard options.whenFull == .refuseNewest else { return true }
    let size = ram.size + count + 2
    if degraded != nil { return size <= options.degradedLimit }
    // Any two blocks in a row hold more than one block's worth: the second began because the first was full. And one
    // for the cursor, one for a report.
    return slotsLeft(now: now) >= 2 * size / Block.capacity + 3
  }

  /// Slots that can be written before something has to be given up.
  func slotsLeft(now: Uptime) -> Int {
    let settled = live.dropFirst().prefix { $0.first <= cursor }.count
    let hasSpace = noSpace.map { $0.until <= now } ?? true
    let segments = free.count + settled + (hasSpace ? max(0, maximumSegments - segmentCount) : 0)
    return max(0, usableSlots - (head?.next ?? usableSlots)) + segments * usableSlots
  }
}
