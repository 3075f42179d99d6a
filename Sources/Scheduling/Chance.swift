/// Where random numbers come from: the system, or a test's seed, which draws the same ones again.
package struct Chance: Sendable {
  private struct Generator: RandomNumberGenerator {
    let draw: @Sendable () -> UInt64

    mutating func next() -> UInt64 { draw() }
  }

  private let generator: Generator

  /// `draw` may be called from any thread.
  package init(_ draw: @escaping @Sendable () -> UInt64) { generator = Generator(draw: draw) }

  package static let system = Chance {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }

  package func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) -> Number {
    var generator = generator
    return Number.random(in: range, using: &generator)
  }

  /// 0 ..< 1.
  package func fraction() -> Double {
    var generator = generator
    return Double.random(in: 0..<1, using: &generator)
  }
}
