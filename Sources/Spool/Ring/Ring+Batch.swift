import Telemetry

/// The newest block, as long as there may be room in it: the next write repeats its records and adds to them, in
/// another slot, so that the slots of a slow spool hold full blocks and not one record each. Until that write is safe,
/// this block is.
struct Tail {
  let index: Int
  let first: RecordNumber
  let holes: UInt64
  let records: [[UInt8]?]

  /// What its records take of a block.
  var size: Int { records.reduce(0) { $0 + Block.size(of: $1) } }
}

/// How records become blocks.
extension Ring {
  /// Blocks on their way to the disk.
  private struct Batch {
    var place: Head
    /// Slots that were written to, by their index.
    var indices: [Int] = []
    let cursor: RecordNumber
    /// The first record in RAM that is in none of the blocks yet, and the holes below it.
    var next: RecordNumber
    var holes: UInt64
    var last: Block?
  }

  /// One sync, and before it as many blocks as the records below `target` need and the segment has slots for; at
  /// least one, without new records when RAM has none below `target`. A segment's first block is synced alone, so that
  /// there is never a valid block behind a first slot that was not written.
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
        // Behind a long run of settled numbers the next batch begins.
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

  /// The tail, if there are a slot for its successor and room in it for the next record, and for what it has to carry.
  private func tailToRepeat(upTo target: RecordNumber) -> Tail? {
    guard let head, let tail = head.tail, head.spare != nil || head.next < usableSlots else { return nil }
    // Numbers that were settled in RAM take an entry each.
    let gap = ram.first - diskEnd
    guard gap < UInt64(Block.capacity / 2) else { return nil }
    let room = Block.capacity - tail.size - 2 * Int(gap) - carrying(from: ram.first, room: Block.capacity)
    guard ram.first < target else { return room >= 0 ? tail : nil }
    // Where not all of RAM fits beside it, a block of its own takes more than what is due, and the next one comes later.
    return room > 0 && ram.blockEnd(from: ram.first, room: room) == ram.end ? tail : nil
  }

  /// A slot that holds nothing that is needed: behind what came before, and before what comes later. The slot of the
  /// tail's predecessor is one, if the successor repeats the tail, or if it lies behind it.
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

  /// Where the block ends whose first new record is `number`, the next in RAM: besides that one, the reports that it
  /// has to carry go first. `taken`: by what it repeats.
  private func blockEnd(from number: RecordNumber, taken: Int = 0) -> RecordNumber {
    let room = Block.capacity - taken
    let left = room - Block.size(of: ram[number])
    return ram.blockEnd(from: number, room: room - carrying(from: number + 1, room: left))
  }

  /// What the reports take that a block with this room has to carry: at most half a block. With more, blocks would hold a
  /// record each until the reports have blocks of their own, and so evict many more.
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

  /// Every attempt has a serial of its own, so that of two blocks the later one is known.
  private mutating func put(_ block: Block, at index: Int, _ batch: inout Batch) throws(WriteFault) {
    batch.indices.append(index)
    serial += 1
    // Slots of the newest segment may change their content.
    if let cached, cached.segment == live.count - 1 { self.cached = nil }
    do throws(StorageError) {
      try store.write(block.encoded(), slot: batch.place.segment * store.slotsPerSegment + index)
    } catch { throw .storage(error) }
    tally.bytesWritten += Int64(blockSize)
    batch.next = max(batch.next, block.end)
    batch.holes = block.holesAtEnd
    batch.last = block
  }

  /// Nothing of a batch counts that was not written and synced as a whole, and its slots are not touched again.
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
    // Behind a single block that repeats the tail, the tail's slot is free for the next one.
    place.spare = batch.indices.count == 1 ? repeated?.index : nil
    head = place
    settle(upTo: batch.next, holes: batch.holes, cursor: batch.cursor)
  }

  /// The announcement that segments are settled: a block without records in the slot that is kept for it.
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

  /// What was written is on the disk: RAM can let go of it.
  private mutating func settle(upTo end: RecordNumber, holes newHoles: UInt64, cursor saved: RecordNumber) {
    if frontier >= diskEnd {
      frontier = max(frontier, ram.first)
      // What was acknowledged ahead of the frontier is a hole above it.
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
