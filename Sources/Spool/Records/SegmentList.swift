/// The segments that hold records, oldest first. A buffer of 64 GiB has 262,144 of them. Usually each one follows its
/// predecessor: the next file, the next base, and no new holes. Such a run is stored as its first segment and two bytes
/// for each further one.
struct SegmentList: RandomAccessCollection {
  typealias Segment = Ring.Segment

  /// Consecutive segments, each of which follows its predecessor.
  private struct Run {
    /// Position of the run's first segment among all that were ever appended.
    var place: Int
    let head: Segment
    /// For each further segment, the distance of its first record from that of its predecessor.
    var steps: [UInt16] = []
    var lastFirst: RecordNumber

    static let longest = 512

    var count: Int { steps.count + 1 }

    func segment(_ index: Int, slots: Int) -> Segment {
      let first = index == steps.count ? lastFirst : steps[..<index].reduce(head.first) { $0 + UInt64($1) }
      return Segment(
        number: head.number + index, base: head.base + UInt64(index * slots), first: first, holes: head.holes)
    }

    /// Returns false if the segment does not follow the last one.
    mutating func append(_ next: Segment, slots: Int) -> Bool {
      guard count < Self.longest, next.number == head.number + count, next.base == head.base + UInt64(count * slots),
        next.holes == head.holes, next.first >= lastFirst, let step = UInt16(exactly: next.first - lastFirst)
      else { return false }
      steps.append(step)
      lastFirst = next.first
      return true
    }
  }

  let slotsPerSegment: Int
  private var runs: [Run] = []
  /// Positions of the first segment that is not removed, and of the next one to be appended.
  private var begin = 0
  private var end = 0

  init(slotsPerSegment: Int) { self.slotsPerSegment = slotsPerSegment }

  private init(_ segments: [Segment], slotsPerSegment: Int) {
    self.init(slotsPerSegment: slotsPerSegment)
    for segment in segments { append(segment) }
  }

  var startIndex: Int { 0 }
  var endIndex: Int { end - begin }

  subscript(index: Int) -> Segment {
    let run = runs[runs.partition { $0.place > begin + index } - 1]
    return run.segment(begin + index - run.place, slots: slotsPerSegment)
  }

  mutating func append(_ segment: Segment) {
    defer { end += 1 }
    if let last = runs.indices.last {
      if runs[last].append(segment, slots: slotsPerSegment) { return }
      // Release the spare capacity of the finished run.
      runs[last].steps = runs[last].steps.map { $0 }
    }
    runs.append(Run(place: end, head: segment, lastFirst: segment.first))
  }

  @discardableResult
  mutating func removeFirst() -> Segment {
    defer {
      begin += 1
      if begin == runs[0].place + runs[0].count { runs.removeFirst() }
    }
    return self[0]
  }

  /// Approximate memory use in bytes.
  var memory: Int { runs.reduce(0) { $0 + MemoryLayout<Run>.stride + 32 + 2 * $1.steps.capacity } }

  // MARK: Finding

  /// Index of the last segment that begins with this record or an earlier one. First records never decrease from one
  /// segment to the next.
  func lastIndex(beginningBy number: RecordNumber) -> Int? {
    let index = runs.partition { $0.head.first > number } - 1
    guard index >= 0 else { return nil }
    let run = runs[index]
    var (first, found) = (run.head.first, 0)
    for step in run.steps {
      first += UInt64(step)
      if first > number { break }
      found += 1
    }
    return run.place + found < begin ? nil : run.place + found - begin
  }

  /// The segment numbers, as ranges of consecutive ones.
  private var numbers: [Range<Int>] {
    runs.map { run in run.head.number + Swift.max(0, begin - run.place)..<run.head.number + run.count }
  }

  func contains(number: Int) -> Bool { numbers.contains { $0.contains(number) } }

  /// The lowest number that neither a listed segment nor one of `others` has.
  func unusedNumber(besides others: [Int]) -> Int {
    var number = 0
    for used in (numbers + others.map { $0..<$0 + 1 }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard used.lowerBound <= number else { return number }
      number = Swift.max(number, used.upperBound)
    }
    return number
  }

  // MARK: Putting into order

  /// Sorts the segments into the order in which they were written. Runs overlap only if a file is a copy of another.
  mutating func sort() {
    runs.sort { $0.head.base < $1.head.base }
    let overlap = zip(runs, runs.dropFirst()).contains {
      $0.head.base + UInt64($0.count * slotsPerSegment) > $1.head.base
    }
    (begin, end) = (0, 0)
    for index in runs.indices {
      runs[index].place = end
      end += runs[index].count
    }
    if overlap { self = Self(self.sorted { $0.base < $1.base }, slotsPerSegment: slotsPerSegment) }
  }

  /// Ends each segment where a later one begins. A segment left by a failed write can claim to begin after that.
  mutating func bound() {
    guard zip(runs, runs.dropFirst()).contains(where: { $0.lastFirst > $1.head.first }) else { return }
    var segments = Array(self)
    for index in segments.indices.dropLast().reversed() where segments[index].first > segments[index + 1].first {
      let (segment, next) = (segments[index], segments[index + 1])
      segments[index] = Segment(number: segment.number, base: segment.base, first: next.first, holes: next.holes)
    }
    self = Self(segments, slotsPerSegment: slotsPerSegment)
  }
}

extension Array {
  /// Index of the first element for which `isBehind` is true. All elements for which it is false come before it.
  fileprivate func partition(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
