/// The twin of a TCA9548A: one register, a bit for each channel.
public final class SimulatedMultiplexer: SimulatedChip {
  public private(set) var control: UInt8 = 0

  public init() {}

  public func write(_ bytes: [UInt8]) -> Bool {
    // Of several bytes the last stays.
    if let last = bytes.last { control = last }
    return true
  }

  public func read(_ count: Int) -> [UInt8]? { Array(repeating: control, count: count) }

  /// As when its power goes.
  public func reset() { control = 0 }
}
