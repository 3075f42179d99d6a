/// The sequence numbers seen, as ranges: a million consecutive numbers take one range.
struct SequenceSet: Sendable {
  /// Sorted; no range touches another.
  private(set) var ranges: [ClosedRange<UInt64>] = []

  /// Returns false when the number was in the set already.
  mutating func insert(_ number: UInt64) -> Bool {
    let next = firstIndex(endingAtOrAfter: number)
    if next < ranges.count, ranges[next].contains(number) { return false }
    let touchesLast = next > 0 && ranges[next - 1].upperBound == number - 1
    let touchesNext = next < ranges.count && ranges[next].lowerBound - 1 == number
    switch (touchesLast, touchesNext) {
    case (true, true):
      ranges[next - 1] = ranges[next - 1].lowerBound...ranges[next].upperBound
      ranges.remove(at: next)
    case (true, false): ranges[next - 1] = ranges[next - 1].lowerBound...number
    case (false, true): ranges[next] = number...ranges[next].upperBound
    case (false, false): ranges.insert(number...number, at: next)
    }
    return true
  }

  /// The numbers missing between `first` and the largest one in the set.
  func holes(from first: UInt64) -> [ClosedRange<UInt64>] {
    var holes: [ClosedRange<UInt64>] = []
    var expected = first
    for range in ranges where range.upperBound >= expected {
      if range.lowerBound > expected { holes.append(expected...(range.lowerBound - 1)) }
      guard range.upperBound < .max else { break }
      expected = range.upperBound + 1
    }
    return holes
  }

  private func firstIndex(endingAtOrAfter number: UInt64) -> Int {
    // Nearly all numbers arrive in order.
    if let last = ranges.last, last.upperBound < number { return ranges.count }
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
