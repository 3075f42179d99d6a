import Drivers
import Telemetry

/// What a sensor has said so far, in a few hundred bytes however long it lives: its last sample, its fault, and how many
/// attempts have succeeded.
public struct SensorRecord: Sendable {
  public struct Fault: Sendable {
    /// The latest, which may differ from the one that it began with.
    public var error: SensorError
    public let since: Stamp
  }

  /// The last sample, and when it was so.
  public private(set) var last: (sample: Sample, at: Stamp)?
  /// Nil: it can be read, as far as is known.
  public private(set) var fault: Fault?
  /// How many faults have begun.
  public private(set) var faults: UInt64 = 0
  /// Attempts that gave a sample, and those that did not. A second try in the same slot is part of the attempt.
  public private(set) var taken: UInt64 = 0
  public private(set) var failed: UInt64 = 0
  public private(set) var recent = RecentOutcomes()
  /// How often it is read until the restart, if a command has said so.
  public internal(set) var interval: Duration?

  public init() {}

  /// How many of all attempts gave a sample, 0 … 1; nil before the first.
  public var success: Double? { taken + failed == 0 ? nil : Double(taken) / Double(taken + failed) }

  mutating func succeeded(_ sample: Sample, at time: Stamp) {
    last = (sample, time)
    fault = nil
    taken += 1
    recent.add(true)
  }

  mutating func failed(_ error: SensorError, at time: Stamp) {
    if fault == nil { faults += 1 }
    fault = Fault(error: error, since: fault?.since ?? time)
    failed += 1
    recent.add(false)
  }
}

/// Which of the last hundred attempts succeeded, a bit for each.
public struct RecentOutcomes: Hashable, Sendable {
  public static let limit = 100

  private var bits: UInt128 = 0
  /// How many are known: 0 … 100.
  public private(set) var count = 0

  public init() {}

  /// Of those the ones that succeeded.
  public var succeeded: Int { bits.nonzeroBitCount }

  mutating func add(_ success: Bool) {
    let newest: UInt128 = success ? 1 : 0
    let kept = (UInt128(1) << UInt128(Self.limit)) - 1
    bits = ((bits << 1) | newest) & kept
    count = min(count + 1, Self.limit)
  }
}
