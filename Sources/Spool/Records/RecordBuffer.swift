import Telemetry

/// The records in RAM: those that no block holds yet, numbered without a gap. One that is settled while an older one
/// waits leaves nothing but its number: while one stream is denied and the disk is away, there can be any number of them.
struct RecordBuffer {
  struct Entry {
    let number: RecordNumber
    /// Nil once it is settled. The oldest entry has bytes.
    var bytes: [UInt8]?
    let taken: Uptime
    let critical: Bool
  }

  /// A block does not bridge a longer run of settled numbers, which would take it an entry each: the next block begins
  /// behind it.
  private static let longestRun: UInt64 = 500

  /// Number of the oldest record that is not settled; of the next record when there is none.
  private(set) var first: RecordNumber
  /// The number that the next record gets.
  private(set) var end: RecordNumber
  /// Ascending. Those before `head` are gone.
  private var entries: [Entry] = []
  private var head = 0
  /// Entries from `head` on that are settled.
  private var emptied = 0
  /// Bytes that the records that are not settled would take in blocks: what they take in RAM, but for the entries' heads.
  private(set) var memory = 0

  init(first: RecordNumber) { (self.first, end) = (first, first) }

  /// Entries in RAM.
  var count: Int { entries.count - head }
  var isEmpty: Bool { first == end }
  var oldest: Entry? { isEmpty ? nil : entries[head] }
  /// What all from `first` on would take in blocks, the settled ones included.
  var size: Int { memory + Block.size(of: nil) * (Int(end - first) - count + emptied) }

  /// Its bytes; nil when it is settled.
  subscript(number: RecordNumber) -> [UInt8]? {
    let place = place(of: number)
    return place < entries.count && entries[place].number == number ? entries[place].bytes : nil
  }

  /// Where the first entry is that is not below `number`.
  private func place(of number: RecordNumber) -> Int {
    guard number < end else { return entries.count }
    guard head < entries.count, entries[head].number < number else { return head }
    // Mostly no number is missing.
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

  /// Forgets the bytes of a record, and the numbers before the oldest one that still has some.
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

  /// Takes back the newest ones, from `number` on; none of them is settled.
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

  /// How many of these numbers, which are all in the buffer, are settled.
  func settled(in range: Range<RecordNumber>) -> Int {
    range.count - entries[place(of: range.lowerBound)..<place(of: range.upperBound)].count { $0.bytes != nil }
  }

  /// The oldest `limit` records.
  func records(limit: Int) -> [[UInt8]] { entries[head...].lazy.compactMap(\.bytes).prefix(limit).map { $0 } }

  /// The oldest record from `number` on that is not settled.
  func firstWaiting(notBelow number: RecordNumber) -> RecordNumber? {
    entries[place(of: number)...].first { $0.bytes != nil }?.number
  }

  /// Where the block ends that begins with `number` and takes as many records as fit into `room` bytes.
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

  /// Where the last full block ends, if blocks were filled from `first` on.
  func fullBlocksEnd() -> RecordNumber {
    var full = first
    while let begin = firstWaiting(notBelow: full) {
      let next = blockEnd(from: begin)
      guard firstWaiting(notBelow: next) != nil else { return full }
      full = next
    }
    return full
  }

  /// One more than the number of the newest record that has to be on the disk by now; `first` if there is none.
  func dueEnd(now: Uptime, durableAfter: Duration) -> RecordNumber {
    let due = entries[head...].last { $0.bytes != nil && ($0.critical || $0.taken + durableAfter <= now) }
    return due.map { $0.number + 1 } ?? first
  }
}
