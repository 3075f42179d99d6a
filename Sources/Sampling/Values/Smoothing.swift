import Telemetry

/// The mean or the median of the last values. While there are fewer than it wants, of those that there are.
public struct Smoothing: Hashable, Sendable {
  public enum Method: Hashable, Sendable { case mean, median }

  public let method: Method
  /// Values at most, 2 or more.
  public let count: Int
  private var values: [Int64] = []

  public init(_ method: Method, of count: Int) {
    self.method = method
    self.count = max(count, 1)
  }

  /// Takes a value, gives what is made of the last ones.
  public mutating func add(_ value: Int64) -> Int64 {
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

  /// The values so far say nothing of the next one.
  public mutating func forget() { values = [] }

  private func mean(_ values: [Int64]) -> Int64 {
    scaled(values.reduce(0) { $0.plus($1) }, by: 1, over: Int64(values.count))
  }
}
