/// The twin of a TCA9548A: one register with a bit for each channel.
package final class SimulatedMultiplexer: SimulatedChip {
  package private(set) var control: UInt8 = 0

  package init() {}

  package func write(_ bytes: [UInt8]) -> Bool {
    // If several bytes are written, the last one counts.
    if let last = bytes.last { control = last }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? { Array(repeating: control, count: count) }

  /// Disconnects all channels, as a power loss does.
  package func reset() { control = 0 }
}
