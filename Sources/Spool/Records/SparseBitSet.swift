import Telemetry

/// A set of numbers that mostly lie close together, with one bit each. While one old record cannot be delivered, half a
/// million that follow it take 128 KiB.
struct SparseBitSet: Hashable, Sendable {
  /// The 64 numbers from `index` x 64 on. At least one bit is set.
  private struct Word: Hashable {
    let index: UInt64
    var bits: UInt64

    var first: RecordNumber { index * 64 + UInt64(bits.trailingZeroBitCount) }
    var last: RecordNumber { index * 64 + 63 - UInt64(bits.leadingZeroBitCount) }

    /// The bits whose numbers are in `range`.
    func bits(in range: Range<RecordNumber>) -> UInt64 {
      guard let low = range.first, let high = range.last else { return 0 }
      return bits & Self.bits(from: low, index) & ~Self.bits(above: high, index)
    }

    static func bits(from number: RecordNumber, _ index: UInt64) -> UInt64 {
      number <= index * 64 ? .max : number / 64 > index ? 0 : .max << (number % 64)
    }
    private static func bits(above number: RecordNumber, _ index: UInt64) -> UInt64 {
      number / 64 < index ? .max : number / 64 > index ? 0 : (.max << (number % 64)) << 1
    }
  }

  /// Words in ascending order.
  private var words: [Word] = []
  private(set) var count = 0

  var isEmpty: Bool { words.isEmpty }
  var first: RecordNumber? { words.first?.first }
  var last: RecordNumber? { words.last?.last }

  /// Position of the word with this index, or where it would be inserted.
  private func place(of index: UInt64) -> Int {
    // A number behind the last word needs no search.
    guard let last = words.last, last.index >= index else { return words.count }
    var (low, high) = (0, words.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if words[middle].index < index { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func hasWord(_ index: UInt64, at place: Int) -> Bool { place < words.count && words[place].index == index }

  func contains(_ number: RecordNumber) -> Bool {
    let place = place(of: number / 64)
    return hasWord(number / 64, at: place) && words[place].bits & 1 << (number % 64) != 0
  }

  /// The lowest number in the set that is not below `number`.
  func first(notBelow number: RecordNumber) -> RecordNumber? {
    for word in words[place(of: number / 64)...].prefix(2) {
      let bits = word.bits & Word.bits(from: number, word.index)
      if bits != 0 { return Word(index: word.index, bits: bits).first }
    }
    return nil
  }

  mutating func insert(_ number: RecordNumber) {
    let place = place(of: number / 64)
    if !hasWord(number / 64, at: place) { words.insert(Word(index: number / 64, bits: 0), at: place) }
    guard words[place].bits & 1 << (number % 64) == 0 else { return }
    words[place].bits |= 1 << (number % 64)
    count += 1
  }

  /// Returns whether the number was in the set.
  @discardableResult
  mutating func remove(_ number: RecordNumber) -> Bool {
    let place = place(of: number / 64)
    guard hasWord(number / 64, at: place), words[place].bits & 1 << (number % 64) != 0 else { return false }
    words[place].bits &= ~(1 << (number % 64))
    if words[place].bits == 0 { words.remove(at: place) }
    count -= 1
    return true
  }

  private func places(_ range: Range<RecordNumber>) -> Range<Int> {
    guard let low = range.first, let high = range.last else { return 0..<0 }
    let end = place(of: high / 64)
    return place(of: low / 64)..<(hasWord(high / 64, at: end) ? end + 1 : end)
  }

  func count(in range: Range<RecordNumber>) -> Int {
    words[places(range)].reduce(0) { $0 + $1.bits(in: range).nonzeroBitCount }
  }

  func count(notBelow number: RecordNumber) -> UInt64 { UInt64(count - count(in: 0..<number)) }

  /// Returns how many numbers were removed.
  @discardableResult
  mutating func remove(in range: Range<RecordNumber>) -> Int {
    let before = count
    let places = places(range)
    for place in places {
      let gone = words[place].bits(in: range)
      words[place].bits &= ~gone
      count -= gone.nonzeroBitCount
    }
    if let first = places.first(where: { words[$0].bits == 0 }), let last = places.last(where: { words[$0].bits == 0 })
    {
      words.removeSubrange(first...last)
    }
    return before - count
  }
}
