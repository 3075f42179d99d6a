import Telemetry

/// The mean or the median of the last values. While there are fewer than `count`, that of the values so far.
package struct Smoothing: Hashable, Sendable {
  package enum Method: Hashable, Sendable { case mean, median }

  package let method: Method
  /// Largest number of values, 1 or more.
  package let count: Int
  private var values: [Int64] = []

  package init(_ method: Method, of count: Int) {
    self.method = method
    self.count = max(count, 1)
  }

  /// Adds a value, and returns the mean or median of the last ones.
  package mutating func add(_ value: Int64) -> Int64 {
    values.append(value)
    if values.count > count { values.removeFirst() }
    switch method {
    case .mean: return mean(values)
    case .median:
      let sorted = values.sorted()
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : mean([sorted[middle - 1], sorted[middle]])
    }
  }

  /// Drops the values so far: they say nothing about the next one.
  package mutating func forget() { values = [] }

  private func mean(_ values: [Int64]) -> Int64 {
    scaled(values.reduce(0) { $0.plus($1) }, by: 1, over: Int64(values.count))
  }
}
