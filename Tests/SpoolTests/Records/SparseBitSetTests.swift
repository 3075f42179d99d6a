import TestSupport
import Testing

@testable import Spool

@Suite("Set of numbers")
struct NumberSetTests {
  @Test("It is what a set of numbers is, whatever is done to it", arguments: 1...60 as ClosedRange<UInt64>)
  func random(run: UInt64) {
    let seed = run + seedBase
    var random = SeededRandom(seed: seed)
    var (numbers, model): (SparseBitSet, Set<UInt64>) = (SparseBitSet(), [])
    // A window that moves on, as the records' numbers do.
    var low = UInt64.random(in: 0..<1_000, using: &random)
    let width = UInt64.random(in: 1..<2_000, using: &random)
    for _ in 0..<600 {
      let number = low + UInt64.random(in: 0..<width, using: &random)
      let range = number..<number + UInt64.random(in: 0..<300, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0..<4:
        numbers.insert(number)
        model.insert(number)
      case 4: #expect(numbers.remove(number) == (model.remove(number) != nil), "seed \(seed)")
      case 5:
        let gone = model.filter(range.contains)
        model.subtract(gone)
        #expect(numbers.remove(in: range) == gone.count, "seed \(seed)")
      case 6: low += UInt64.random(in: 0..<200, using: &random)
      default:
        if let first = model.min() {
          numbers.remove(first)
          model.remove(first)
        }
      }
      #expect(numbers.count == model.count, "seed \(seed)")
      #expect(numbers.isEmpty == model.isEmpty, "seed \(seed)")
      #expect(numbers.first == model.min(), "seed \(seed)")
      #expect(numbers.last == model.max(), "seed \(seed)")
      #expect(numbers.contains(number) == model.contains(number), "seed \(seed)")
      #expect(numbers.first(notBelow: number) == model.filter { $0 >= number }.min(), "seed \(seed): \(number)")
      #expect(numbers.count(in: range) == model.count(where: range.contains), "seed \(seed): \(range)")
    }
  }

  @Test("What is not there is not found, below, above, and in an empty set")
  func empty() {
    var numbers = SparseBitSet()
    #expect(numbers.first == nil)
    #expect(numbers.last == nil)
    #expect(numbers.first(notBelow: 0) == nil)
    #expect(!numbers.contains(0))
    #expect(numbers.count(in: 0..<UInt64.max) == 0)
    #expect(numbers.remove(5) == false)
    #expect(numbers.remove(in: 3..<3) == 0)
    numbers.insert(1_000_000)
    #expect(numbers.first == 1_000_000)
    #expect(numbers.last == 1_000_000)
    #expect(!numbers.contains(0))
    #expect(!numbers.contains(2_000_000))
    #expect(numbers.first(notBelow: 1_000_001) == nil)
    #expect(numbers.count(in: 0..<UInt64.max) == 1)
    #expect(numbers.remove(in: 0..<UInt64.max) == 1)
    #expect(numbers.isEmpty)
  }
}
