/// The numbers of the segments in a store, ascending. One bit for each, because there can be a quarter of a million.
package struct SegmentNumbers: Sequence, Equatable, ExpressibleByArrayLiteral {
  private var numbers = SparseBitSet()

  package init() {}

  package init(_ numbers: some Sequence<Int>) {
    for number in numbers { insert(number) }
  }

  package init(arrayLiteral numbers: Int...) { self.init(numbers) }

  package var count: Int { numbers.count }
  package var isEmpty: Bool { numbers.isEmpty }
  package var first: Int? { numbers.first.map { Int($0) } }

  package func contains(_ number: Int) -> Bool { number >= 0 && numbers.contains(RecordNumber(number)) }

  /// `number` must not be negative.
  package mutating func insert(_ number: Int) { numbers.insert(RecordNumber(number)) }

  package func makeIterator() -> AnyIterator<Int> {
    var next: RecordNumber = 0
    return AnyIterator {
      guard let number = numbers.first(notBelow: next) else { return nil }
      next = number + 1
      return Int(number)
    }
  }
}
