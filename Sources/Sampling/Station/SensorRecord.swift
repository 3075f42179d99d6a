import Drivers
import Telemetry

/// The latest reports of a sensor, in a few hundred bytes however long it runs: its last sample, its fault, and how
/// many attempts have succeeded.
package struct SensorRecord: Sendable {
  package struct Fault: Sendable {
    /// The latest error, which may differ from the first one.
    package var error: SensorError
    package let since: Stamp
  }

  /// The last sample, and the time of its measurement.
  package private(set) var last: (sample: Sample, at: Stamp)?
  /// Nil: the sensor can be read, as far as is known.
  package private(set) var fault: Fault?
  /// How many faults have begun.
  package private(set) var faults: UInt64 = 0
  /// Attempts that gave a sample, and attempts that did not. A second try in the same slot is part of the attempt.
  package private(set) var taken: UInt64 = 0
  package private(set) var failed: UInt64 = 0
  package private(set) var recent = RecentOutcomes()
  /// The interval set by a command, which holds until the restart; nil: none was set.
  package internal(set) var interval: Duration?

  package init() {}

  /// Fraction of all attempts that gave a sample, 0 … 1; nil before the first.
  package var success: Double? { taken + failed == 0 ? nil : Double(taken) / Double(taken + failed) }

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

/// Which of the last hundred attempts succeeded, one bit each.
package struct RecentOutcomes: Hashable, Sendable {
  package static let limit = 100

  private var bits: UInt128 = 0
  /// Number of attempts recorded: 0 … 100.
  package private(set) var count = 0

  package init() {}

  /// How many of these attempts succeeded.
  package var succeeded: Int { bits.nonzeroBitCount }

  mutating func add(_ success: Bool) {
    let newest: UInt128 = success ? 1 : 0
    let kept = (UInt128(1) << UInt128(Self.limit)) - 1
    bits = ((bits << 1) | newest) & kept
    count = min(count + 1, Self.limit)
  }
}
