import Telemetry

/// The records in RAM: those that no block holds yet, numbered without a gap.
struct RecordBuffer {
  struct Entry {
    /// Nil once it is acknowledged: an older one still waits, so the number must be kept.
    var bytes: [UInt8]?
    let taken: Uptime
    let critical: Bool
  }

  /// Number of the oldest entry; of the next record when there is none.
  private(set) var first: RecordNumber
  private var entries: [Entry] = []
  private var head = 0
  /// What the records would take in blocks.
  private(set) var size = 0

  init(first: RecordNumber) { self.first = first }

  var count: Int { entries.count - head }
  var isEmpty: Bool { count == 0 }
  /// The number that the next record gets.
  var end: RecordNumber { first + UInt64(count) }
  var oldest: Entry? { isEmpty ? nil : entries[head] }

  subscript(number: RecordNumber) -> Entry { entries[index(number)] }

  private func index(_ number: RecordNumber) -> Int { head + Int(number - first) }

  mutating func append(_ bytes: [UInt8], critical: Bool, now: Uptime) {
    entries.append(Entry(bytes: bytes, taken: now, critical: critical))
    size += Block.size(of: bytes)
  }

  /// Forgets the bytes of a record, and the entries before the oldest one that still has some.
  mutating func settle(_ number: RecordNumber) {
    size -= Block.size(of: entries[index(number)].bytes) - Block.size(of: nil)
    entries[index(number)].bytes = nil
    dropSettled()
  }

  /// Takes back the newest ones, from `number` on; none of them is settled.
  mutating func removeAll(from number: RecordNumber) -> [[UInt8]] {
    guard number < end else { return [] }
    let taken = entries[index(max(number, first))...].compactMap(\.bytes)
    size -= taken.reduce(0) { $0 + Block.size(of: $1) }
    entries.removeLast(taken.count)
    return taken
  }

  /// Never inlined: the optimizer of Swift 6.0.3 stops with an assertion when it finds this loop inside another.
  @inline(never)
  mutating func remove(below number: RecordNumber) {
    while first < number, !isEmpty { removeFirst() }
    dropSettled()
  }

  private mutating func dropSettled() {
    while let oldest, oldest.bytes == nil { removeFirst() }
  }

  private mutating func removeFirst() {
    size -= Block.size(of: entries[head].bytes)
    entries[head].bytes = nil
    head += 1
    first += 1
    guard head >= 64, head * 2 >= entries.count else { return }
    entries.removeFirst(head)
    head = 0
  }

  /// How many of these numbers, which are all in the buffer, have no bytes any more.
  func settled(in range: Range<RecordNumber>) -> Int { range.count { self[$0].bytes == nil } }

  /// The oldest `limit` records.
  func records(limit: Int) -> [[UInt8]] { entries[head...].lazy.compactMap(\.bytes).prefix(limit).map { $0 } }

  /// Where the block ends that begins with `number` and takes as many records as fit into `room` bytes.
  func blockEnd(from number: RecordNumber, room: Int = Block.capacity) -> RecordNumber {
    var room = room
    var next = number
    while next < end {
      room -= Block.size(of: self[next].bytes)
      guard room >= 0 else { break }
      next += 1
    }
    return next
  }

  /// Where the last full block ends, if blocks were filled from `first` on.
  func fullBlocksEnd() -> RecordNumber {
    var full = first
    while true {
      let next = blockEnd(from: full)
      if next == end { return full }
      full = next
    }
  }

  /// One more than the number of the newest record that has to be on the disk by now; `first` if there is none.
  func dueEnd(now: Uptime, durableAfter: Duration) -> RecordNumber {
    var due = end
    while due > first {
      let entry = self[due - 1]
      if entry.bytes != nil, entry.critical || entry.taken + durableAfter <= now { break }
      due -= 1
    }
    return due
  }
}
