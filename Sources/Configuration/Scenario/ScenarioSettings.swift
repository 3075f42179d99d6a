import Telemetry

/// The checked content of a scenario for simulated hardware. Times count from the start of the program. Sensors and
/// buses that it does not name behave as without a scenario.
package struct ScenarioSettings: Sendable {
  /// Scenarios by the sensor's id.
  package var sensors: [String: SensorScenario] = [:]
  /// Faults by the bus: `i2c-1`.
  package var buses: [String: [FaultSettings]] = [:]

  package init() {}
}

package struct SensorScenario: Sendable {
  package var curves: [Quantity.Kind: CurveSettings] = [:]
  package var faults: [FaultSettings] = []

  package init() {}
}

/// The values that a sensor measures, in millionths of °C, % or hPa; for a contact, 1,000,000 means closed.
package enum CurveSettings: Hashable, Sendable {
  case constant(Int64)
  /// `phase`: where in the period the curve begins, in millionths of the period.
  case sine(base: Int64, amplitude: Int64, period: Duration, phase: Int64)
  case ramp(from: Int64, to: Int64, start: Duration, length: Duration)
  case replay(ReplaySettings)
}

/// Values replayed from a file.
package struct ReplaySettings: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package var offset: Duration
    package var value: Int64
  }

  /// At least one point, in order of time.
  package var points: [Point]
  /// True: a value stays until the next point. False: it moves there in a straight line.
  package var holds: Bool
  /// True: after the last point the curve starts again. False: the last value stays.
  package var repeats: Bool
}

/// A simulated fault.
package struct FaultSettings: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case noAcknowledge, checksum, stuck, disconnected, lostEdges
    case slow(by: Duration)
  }

  package var kind: Kind
  package var start = Duration.zero
  /// How long the fault lasts; nil: it never ends.
  package var length: Duration?
  /// Time from one beginning of the fault to the next, longer than `length`; nil: it happens once.
  package var period: Duration?
}
