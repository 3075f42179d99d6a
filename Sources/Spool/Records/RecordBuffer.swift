import Telemetry

/// The records in RAM: those in no block yet, numbered without a gap. A record that is settled while an older one waits
/// keeps only its number. There can be any number of them while one stream is denied and the disk is away.
struct RecordBuffer {
  struct Entry {
    let number: RecordNumber
    /// Nil once the record is settled. The oldest entry always has bytes.
    var bytes: [UInt8]?
    let taken: Uptime
    let critical: Bool
  }

  /// The longest run of settled numbers within a block. Each of them takes an entry there, so behind a longer run the
  /// next block begins.
  private static let longestRun: UInt64 = 500

  /// Number of the oldest unsettled record, or of the next record when there is none.
  private(set) var first: RecordNumber
  /// The number that the next record gets.
  private(set) var end: RecordNumber
  /// Entries in ascending order. Those before `head` are removed.
  private var entries: [Entry] = []
  private var head = 0
  /// How many entries from `head` on are settled.
  private var emptied = 0
  /// Bytes that the unsettled records would take in blocks. This is their size in RAM without the `Entry` overhead.
  private(set) var memory = 0

  init(first: RecordNumber) { (self.first, end) = (first, first) }

  /// Number of entries in RAM.
  var count: Int { entries.count - head }
  var isEmpty: Bool { first == end }
  var oldest: Entry? { isEmpty ? nil : entries[head] }
  /// Bytes that all records from `first` on would take in blocks, including the settled ones.
  var size: Int { memory + Block.size(of: nil) * (Int(end - first) - count + emptied) }

  /// The bytes of a record; nil when it is settled.
  subscript(number: RecordNumber) -> [UInt8]? {
    let place = place(of: number)
    return place < entries.count && entries[place].number == number ? entries[place].bytes : nil
  }

  /// Index of the first entry whose number is not below `number`.
  private func place(of number: RecordNumber) -> Int {
    guard number < end else { return entries.count }
    guard head < entries.count, entries[head].number < number else { return head }
    // Usually no number is missing.
    let guess = head + Int(number - entries[head].number)
    if guess < entries.count, entries[guess].number == number { return guess }
    var (low, high) = (head, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func append(_ bytes: [UInt8], critical: Bool, now: Uptime) {
    entries.append(Entry(number: end, bytes: bytes, taken: now, critical: critical))
    end += 1
    memory += Block.size(of: bytes)
  }

  /// Drops the bytes of a record, and the leading entries without bytes.
  mutating func settle(_ number: RecordNumber) {
    let place = place(of: number)
    guard place < entries.count, entries[place].number == number, let bytes = entries[place].bytes else { return }
    memory -= Block.size(of: bytes)
    entries[place].bytes = nil
    emptied += 1
    dropSettled()
    guard emptied >= 64, emptied * 2 >= count else { return }
    entries = entries[head...].filter { $0.bytes != nil }
    (head, emptied) = (0, 0)
  }

  /// Removes the newest records, from `number` on, and returns them. None of them may be settled.
  mutating func removeAll(from number: RecordNumber) -> [[UInt8]] {
    guard number < end else { return [] }
    let place = place(of: number)
    let taken = entries[place...].compactMap(\.bytes)
    memory -= taken.reduce(0) { $0 + Block.size(of: $1) }
    entries.removeLast(entries.count - place)
    end = max(number, first)
    dropSettled()
    return taken
  }

  /// Never inlined: the optimizer of Swift 6.0.3 stops with an assertion when it finds this loop inside another.
  @inline(never)
  mutating func remove(below number: RecordNumber) {
    while head < entries.count, entries[head].number < number { removeFirst() }
    dropSettled()
  }

  private mutating func dropSettled() {
    while head < entries.count, entries[head].bytes == nil { removeFirst() }
    first = head < entries.count ? entries[head].number : end
  }

  private mutating func removeFirst() {
    if let bytes = entries[head].bytes { memory -= Block.size(of: bytes) } else { emptied -= 1 }
    entries[head].bytes = nil
    head += 1
    guard head >= 64, head * 2 >= entries.count else { return }
    entries.removeFirst(head)
    head = 0
  }

  /// How many of these numbers, all of them in the buffer, are settled.
  func settled(in range: Range<RecordNumber>) -> Int {
    range.count - entries[place(of: range.lowerBound)..<place(of: range.upperBound)].count { $0.bytes != nil }
  }

  /// The oldest `limit` records.
  func records(limit: Int) -> [[UInt8]] { entries[head...].lazy.compactMap(\.bytes).prefix(limit).map { $0 } }

  /// The oldest record from `number` on that is not settled.
  func firstWaiting(notBelow number: RecordNumber) -> RecordNumber? {
    entries[place(of: number)...].first { $0.bytes != nil }?.number
  }

  /// End of the block that begins with `number` and takes as many records as fit into `room` bytes.
  func blockEnd(from number: RecordNumber, room: Int = Block.capacity) -> RecordNumber {
    var room = room
    var next = number
    for entry in entries[place(of: number)...] where entry.bytes != nil {
      guard entry.number - next <= Self.longestRun else { return next }
      room -= Block.size(of: nil) * Int(entry.number - next) + Block.size(of: entry.bytes)
      guard room >= 0 else { return next }
      next = entry.number + 1
    }
    return end - next <= Self.longestRun && Block.size(of: nil) * Int(end - next) <= room ? end : next
  }

  /// End of the last full block, if blocks were filled from `first` on.
  func fullBlocksEnd() -> RecordNumber {
    var full = first
    while let begin = firstWaiting(notBelow: full) {
      let next = blockEnd(from: begin)
      guard firstWaiting(notBelow: next) != nil else { return full }
      full = next
    }
    return full
  }

  /// One more than the number of the newest record that must be on the disk by now; `first` if there is none.
  func dueEnd(now: Uptime, durableAfter: Duration) -> RecordNumber {
    let due = entries[head...].last { $0.bytes != nil && ($0.critical || $0.taken + durableAfter <= now) }
    return due.map { $0.number + 1 } ?? first
  }
}
