import Telemetry

/// Everything that a scenario says of simulated hardware, checked. Times count from the start of the program. What it does
/// not name is as it is without one.
package struct ScenarioSettings: Sendable {
  /// By the sensor's id.
  package var sensors: [String: SensorScenario] = [:]
  /// By the bus: `i2c-1`.
  package var buses: [String: [FaultSettings]] = [:]

  package init() {}
}

package struct SensorScenario: Sendable {
  package var curves: [Quantity.Kind: CurveSettings] = [:]
  package var faults: [FaultSettings] = []

  package init() {}
}

/// What a sensor measures, in millionths of °C, %, hPa; of a contact 1,000,000 for closed.
package enum CurveSettings: Hashable, Sendable {
  case constant(Int64)
  /// `phase`: where in the period it begins, in millionths of it.
  case sine(base: Int64, amplitude: Int64, period: Duration, phase: Int64)
  case ramp(from: Int64, to: Int64, start: Duration, length: Duration)
  case replay(ReplaySettings)
}

/// Values of a file.
package struct ReplaySettings: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package var offset: Duration
    package var value: Int64
  }

  /// At least one, in the order of time.
  package var points: [Point]
  /// A value stays until the next; otherwise it moves there in a straight line.
  package var holds: Bool
  /// After the last it begins anew; otherwise the last stays.
  package var repeats: Bool
}

/// Something that goes wrong.
package struct FaultSettings: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case noAcknowledge, checksum, stuck, disconnected, lostEdges
    case slow(by: Duration)
  }

  package var kind: Kind
  package var start = Duration.zero
  /// Nil: it stays.
  package var length: Duration?
  /// It comes again so long after it began; nil: it does not. Longer than `length`.
  package var period: Duration?
}
