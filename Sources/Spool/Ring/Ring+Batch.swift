import Telemetry

/// The newest block, while it may have room. The next write repeats its records and adds new ones, in another slot. So
/// the slots of a slow spool hold full blocks instead of one record each. Until that write is safe, this block is.
struct Tail {
  let index: Int
  let first: RecordNumber
  let holes: UInt64
  let records: [[UInt8]?]

  /// Bytes that its records take in a block.
  var size: Int { records.reduce(0) { $0 + Block.size(of: $1) } }
}

/// Turning records into blocks.
extension Ring {
  /// Blocks that are being written.
  private struct Batch {
    var place: Head
    /// Indices of the slots that were written to.
    var indices: [Int] = []
    let cursor: RecordNumber
    /// The first record in RAM that is in none of the blocks yet. `holes` counts the holes below it.
    var next: RecordNumber
    var holes: UInt64
    var last: Block?
  }

  /// Writes one batch: as many blocks as the records below `target` need and the segment has slots for, then one sync.
  /// It writes at least one block, without new records when RAM has none below `target`. A segment's first block is
  /// synced alone, so that a valid block never lies behind a first slot that was not written.
  mutating func writeBatch(upTo target: RecordNumber, mayEvict: Bool, now: Uptime) throws(WriteFault) {
    do throws(StorageError) { try noteDevice() } catch { throw .storage(error) }
    let repeated = tailToRepeat(upTo: target)
    let place = repeated == nil ? try claim(mayEvict: mayEvict, now: now) : nil
    guard let place = place ?? head else { throw .full }
    var batch = Batch(place: place, cursor: cursor, next: ram.first, holes: holes + (ram.first - diskEnd))
    do throws(WriteFault) {
      let index = firstIndex(repeating: repeated, &batch.place)
      try put(firstBlock(repeating: repeated, at: index, upTo: target, batch), at: index, &batch)
      while batch.place.begun, batch.next < target, batch.place.next < usableSlots {
        let (index, end) = (batch.place.next, blockEnd(from: batch.next))
        // A long run of settled numbers ends the batch.
        guard end > batch.next else { break }
        batch.place.next += 1
        let block = block(at: index, batch, from: batch.next, to: end, holes: batch.holes)
        try put(block, at: index, &batch)
      }
      do throws(StorageError) { try store.sync(segment: place.segment) } catch { throw .storage(error) }
    } catch {
      abandon(batch)
      throw error
    }
    accept(batch, repeated)
  }

  /// The tail, if there is a slot for its successor, and room for the next record and for the reports to be carried.
  private func tailToRepeat(upTo target: RecordNumber) -> Tail? {
    guard let head, let tail = head.tail, head.spare != nil || head.next < usableSlots else { return nil }
    // Each number that was settled in RAM takes an entry.
    let gap = ram.first - diskEnd
    guard gap < UInt64(Block.capacity / 2) else { return nil }
    let room = Block.capacity - tail.size - 2 * Int(gap) - carrying(from: ram.first, room: Block.capacity)
    guard ram.first < target else { return room >= 0 ? tail : nil }
    // If all of RAM does not fit beside it, a new block takes more records than are due, so the next write comes later.
    return room > 0 && ram.blockEnd(from: ram.first, room: room) == ram.end ? tail : nil
  }

  /// Index of a slot whose content is not needed and that keeps the order of records. The slot of the tail's
  /// predecessor qualifies if the new block repeats the tail, or if that slot lies behind the tail.
  private func firstIndex(repeating tail: Tail?, _ place: inout Head) -> Int {
    if let spare = place.spare, let known = place.tail, tail != nil || spare > known.index {
      place.spare = nil
      return spare
    }
    defer { place.next += 1 }
    return place.next
  }

  private func firstBlock(repeating tail: Tail?, at index: Int, upTo target: RecordNumber, _ batch: Batch) -> Block {
    guard let tail else {
      let end = batch.next < target ? blockEnd(from: batch.next) : batch.next
      return block(at: index, batch, from: batch.next, to: end, holes: batch.holes)
    }
    let before = tail.records + [[UInt8]?](repeating: nil, count: Int(ram.first - diskEnd))
    let taken = before.reduce(0) { $0 + Block.size(of: $1) }
    let end = batch.next < target ? blockEnd(from: batch.next, taken: taken) : batch.next
    return block(at: index, batch, before: before, from: batch.next, to: end, first: tail.first, holes: tail.holes)
  }

  /// End of the block whose first new record is `number`, the next one in RAM. After that record, the reports that the
  /// block must carry come first. `taken` is the size of the repeated records.
  private func blockEnd(from number: RecordNumber, taken: Int = 0) -> RecordNumber {
    let room = Block.capacity - taken
    let left = room - Block.size(of: ram[number])
    return ram.blockEnd(from: number, room: room - carrying(from: number + 1, room: left))
  }

  /// Bytes for the reports that a block with this room must carry: at most half a block. With more, blocks would hold
  /// one record each until the reports have blocks of their own, and would evict many more records.
  private func carrying(from number: RecordNumber, room: Int) -> Int {
    copies(from: number, room: min(room, Block.capacity / 2)).reduce(0) { $0 + Block.size(of: $1) }
  }

  private func block(
    at index: Int, _ batch: Batch, before: [[UInt8]?] = [], from begin: RecordNumber, to end: RecordNumber,
    first: RecordNumber? = nil, holes: UInt64
  ) -> Block {
    let records = before + (begin..<end).map { ram[$0] }
    let room = Block.capacity - records.reduce(0) { $0 + Block.size(of: $1) }
    let above = losses(notBelow: batch.cursor)
    return Block(
      number: batch.place.base + UInt64(index), serial: serial, store: storeID, cursor: batch.cursor,
      first: first ?? begin, holes: holes,
      evicted: evictedEver - above.evicted, expired: expiredEver - above.expired, lost: lostEver - above.lost,
      epoch: epoch, records: records, carried: copies(from: end, room: room))
  }

  /// Each attempt has its own serial number, so that the later one of two blocks is known.
  private mutating func put(_ block: Block, at index: Int, _ batch: inout Batch) throws(WriteFault) {
    batch.indices.append(index)
    serial += 1
    // Slots of the newest segment may change, so the cached block may be outdated.
    if let cached, cached.segment == live.count - 1 { self.cached = nil }
    do throws(StorageError) {
      try store.write(block.encoded(), slot: batch.place.segment * store.slotsPerSegment + index)
    } catch { throw .storage(error) }
    tally.bytesWritten += Int64(blockSize)
    batch.next = max(batch.next, block.end)
    batch.holes = block.holesAtEnd
    batch.last = block
  }

  /// A batch counts only if it was written and synced as a whole. Otherwise its slots are not written again in this use
  /// of the segment.
  private mutating func abandon(_ batch: Batch) {
    if batch.place.begun {
      head = batch.place
    } else {
      free.append(batch.place.segment)
      doubtful.insert(batch.place.segment)
    }
    condemned.formUnion(batch.indices.map { batch.place.segment * store.slotsPerSegment + $0 })
  }

  private mutating func accept(_ batch: Batch, _ repeated: Tail?) {
    var place = batch.place
    if !place.begun {
      let begin = ram.first
      live.append(
        Segment(number: place.segment, base: place.base, first: begin, holes: holes + (begin - diskEnd)))
      place.begun = true
    }
    doubtful.remove(place.segment)
    if let last = batch.last, let index = batch.indices.last {
      place.tail = Tail(index: index, first: last.first, holes: last.holes, records: last.records)
    }
    // If a single block repeats the tail, the tail's slot is free for the next one.
    place.spare = batch.indices.count == 1 ? repeated?.index : nil
    head = place
    settle(upTo: batch.next, holes: batch.holes, cursor: batch.cursor)
  }

  /// Announces that segments are settled: writes a block without records to the reserved slot.
  mutating func writeAnnouncement() throws(WriteFault) {
    guard var place = head, place.begun, place.next < store.slotsPerSegment else { return }
    let index = place.next
    (place.next, place.tail, place.spare) = (store.slotsPerSegment, nil, nil)
    head = place
    var batch = Batch(place: place, cursor: cursor, next: ram.first, holes: holes + (ram.first - diskEnd))
    try put(block(at: index, batch, from: ram.first, to: ram.first, holes: batch.holes), at: index, &batch)
    do throws(StorageError) { try store.sync(segment: place.segment) } catch { throw .storage(error) }
    settle(upTo: batch.next, holes: batch.holes, cursor: batch.cursor)
  }

  /// Called when a batch is safely on the disk: its records are removed from RAM.
  private mutating func settle(upTo end: RecordNumber, holes newHoles: UInt64, cursor saved: RecordNumber) {
    if frontier >= diskEnd {
      frontier = max(frontier, ram.first)
      // Numbers that were acknowledged ahead of the frontier are holes above it.
      frontierHoles = newHoles - UInt64(frontier < end ? ram.settled(in: frontier..<end) : 0)
    }
    diskEnd = end
    carried.removeAll { $0 < end }
    holes = newHoles
    ram.remove(below: end)
    skipSettled()
    savedCursor = saved
    forgetBeyond(below: saved)
    unsavedAcknowledgements = 0
    firstUnsavedAt = nil
  }
}
