/// Which segments a store has, ascending: a bit for each, because there can be a quarter of a million.
public struct SegmentNumbers: Sequence, Equatable, ExpressibleByArrayLiteral {
  private var numbers = NumberSet()

  public init() {}

  public init(_ numbers: some Sequence<Int>) {
    for number in numbers { insert(number) }
  }

  public init(arrayLiteral numbers: Int...) { self.init(numbers) }

  public var count: Int { numbers.count }
  public var isEmpty: Bool { numbers.isEmpty }
  public var first: Int? { numbers.first.map { Int($0) } }

  public func contains(_ number: Int) -> Bool { number >= 0 && numbers.contains(RecordNumber(number)) }

  /// `number` is not below zero.
  public mutating func insert(_ number: Int) { numbers.insert(RecordNumber(number)) }

  public func makeIterator() -> AnyIterator<Int> {
    var next: RecordNumber = 0
    return AnyIterator {
      guard let number = numbers.first(notBelow: next) else { return nil }
      next = number + 1
      return Int(number)
    }
  }
}
