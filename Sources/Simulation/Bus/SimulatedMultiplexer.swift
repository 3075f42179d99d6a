/// The twin of a TCA9548A: one register, a bit for each channel.
package final class SimulatedMultiplexer: SimulatedChip {
  package private(set) var control: UInt8 = 0

  package init() {}

  package func write(_ bytes: [UInt8]) -> Bool {
    // Of several bytes the last stays.
    if let last = bytes.last { control = last }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? { Array(repeating: control, count: count) }

  /// As when its power goes.
  package func reset() { control = 0 }
}
