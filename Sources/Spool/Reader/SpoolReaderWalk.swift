extension SpoolReader {
  /// Reads everything and visits it in the order in which it was written. Segments outside the spool come first. Then
  /// come the blocks that count, each followed by those of its records that were not visited before, in ascending order
  /// of their numbers. At the end come the records that the newest block carries. Bad slots are visited with the next
  /// block behind them, because only that block shows what is missing.
  package func walk<Failure: Error>(_ visit: (Item) throws(Failure) -> Void) throws(Failure) {
    let ours = Set(order.map(\.segment.number))
    for segment in segments where !ours.contains(segment.number) {
      try walkOutside(segment, visit)
    }
    var path = Path(cursor: cursor)
    for (segment, end) in order {
      path.beginSegment()
      var latest: UInt64 = 0
      for index in 0..<store.slotsPerSegment {
        let slot = segment.number * store.slotsPerSegment + index
        switch SlotContent(of: slot, in: store) {
        case .block(let block) where counts(block, at: index, in: segment):
          let isSuperseded = block.serial < latest && path.covers(block)
          latest = max(latest, block.serial)
          try visit(.block(StoredBlock(block, slot: slot, isSuperseded ? .superseded : .counts)))
          if block.first < end { try path.take(block, slot: slot, end: end, visit) }
        case .block(let block):
          try visit(.block(StoredBlock(block, slot: slot, .leftOver)))
          path.pass(empty: slot)
        case .blank: path.pass(empty: slot)
        case .bad(let fault): path.pass(bad: slot, fault)
        }
      }
    }
    try path.finish(visit)
    for bytes in newest.carried {
      try visit(
        .record(StoredRecord(number: nil, bytes: bytes, epoch: newest.epoch, slot: newestSlot, isWaiting: true)))
    }
  }

  /// Ignores blocks that were written after the index was made.
  private func counts(_ block: Block, at index: Int, in segment: Segment) -> Bool {
    block.store == storeID && block.number == segment.base + UInt64(index) && block.serial <= newest.serial
  }

  private func walkOutside<Failure: Error>(
    _ segment: Segment, _ visit: (Item) throws(Failure) -> Void
  ) throws(Failure) {
    for index in 0..<store.slotsPerSegment {
      let slot = segment.number * store.slotsPerSegment + index
      switch SlotContent(of: slot, in: store) {
      case .block(let block):
        let standing = block.store == storeID ? StoredBlock.Standing.leftOver : .otherSpool
        try visit(.block(StoredBlock(block, slot: slot, standing)))
      case .bad(let fault):
        let consequence: BadSlot.Consequence = segment.state == .otherSpool ? .nothing : .unknown
        try visit(.bad(BadSlot(slot: slot, fault: fault, consequence: consequence)))
      case .blank: break
      }
    }
  }
}

/// Progress through the blocks that count: the next expected number, and the slots passed without a block.
private struct Path {
  private let cursor: RecordNumber
  /// The next expected number; nil before the first block.
  private var next: RecordNumber?
  /// How many of the numbers below `next` are holes.
  private var holes: UInt64 = 0
  private var bad: [(slot: Int, fault: SlotFault)] = []
  private var empty: [Int] = []
  /// Checksums of this segment's records by number, because a number can be repeated.
  private var seen: [RecordNumber: UInt32] = [:]

  init(cursor: RecordNumber) { self.cursor = cursor }

  mutating func beginSegment() { seen = [:] }

  /// Whether every record of this block was visited before.
  func covers(_ block: Block) -> Bool { next.map { block.end <= $0 } ?? false }

  mutating func pass(empty slot: Int) { empty.append(slot) }

  mutating func pass(bad slot: Int, _ fault: SlotFault) { bad.append((slot, fault)) }

  mutating func take<Failure: Error>(
    _ block: Block, slot: Int, end: RecordNumber, _ visit: (SpoolReader.Item) throws(Failure) -> Void
  ) throws(Failure) {
    let expected = next ?? min(cursor, block.first)
    try tellBad(before: block, expected, visit)
    let end = min(block.end, end)
    for number in block.first..<end {
      guard let bytes = block.records[Int(number - block.first)] else { continue }
      let record = SpoolReader.StoredRecord(
        number: number, bytes: bytes, epoch: block.epoch, slot: slot, isWaiting: number >= cursor)
      if number >= expected {
        try visit(.record(record))
      } else if differs(record, number) {
        try visit(.differs(record))
      }
      seen[number] = bytes.withUnsafeBytes(crc32c)
    }
    if end >= expected {
      next = end
      holes = block.holes(below: end)
    } else {
      next = expected
    }
  }

  private func differs(_ record: SpoolReader.StoredRecord, _ number: RecordNumber) -> Bool {
    guard let known = seen[number] else { return false }
    return known != record.bytes.withUnsafeBytes(crc32c)
  }

  /// Between two blocks, holes come first: their records were settled before the later block was written.
  private mutating func tellBad<Failure: Error>(
    before block: Block, _ expected: RecordNumber, _ visit: (SpoolReader.Item) throws(Failure) -> Void
  ) throws(Failure) {
    defer { (bad, empty) = ([], []) }
    let begin = max(expected, cursor)
    var loss: SpoolReader.Loss?
    if block.first > begin {
      let missing = block.first - expected
      // Without an earlier block the holes are unknown. The difference is negative only after failed writes.
      let between = next == nil || block.holes < holes ? 0 : min(block.holes - holes, missing)
      let count = min(missing - between, block.first - begin)
      let slots = bad.isEmpty ? empty : bad.map(\.slot)
      if count > 0 { loss = SpoolReader.Loss(numbers: begin..<block.first, count: count, slots: slots) }
    }
    for (slot, fault) in bad {
      try visit(.bad(SpoolReader.BadSlot(slot: slot, fault: fault, consequence: loss.map { .lost($0) } ?? .nothing)))
    }
    if let loss { try visit(.lost(loss)) }
  }

  /// Visits the bad slots behind the last block.
  mutating func finish<Failure: Error>(_ visit: (SpoolReader.Item) throws(Failure) -> Void) throws(Failure) {
    for (slot, fault) in bad {
      try visit(.bad(SpoolReader.BadSlot(slot: slot, fault: fault, consequence: .unknown)))
    }
    bad = []
  }
}
