import Telemetry

/// Everything that a scenario says of simulated hardware, checked. Times count from the start of the program. What it does
/// not name is as it is without one.
public struct ScenarioSettings: Sendable {
  /// By the sensor's id.
  public var sensors: [String: SensorScenario] = [:]
  /// By the bus: `i2c-1`.
  public var buses: [String: [FaultSettings]] = [:]

  public init() {}
}

public struct SensorScenario: Sendable {
  public var curves: [Quantity.Kind: CurveSettings] = [:]
  public var faults: [FaultSettings] = []

  public init() {}
}

/// What a sensor measures, in millionths of °C, %, hPa; of a contact 1,000,000 for closed.
public enum CurveSettings: Hashable, Sendable {
  case constant(Int64)
  /// `phase`: where in the period it begins, in millionths of it.
  case sine(base: Int64, amplitude: Int64, period: Duration, phase: Int64)
  case ramp(from: Int64, to: Int64, start: Duration, length: Duration)
  case replay(ReplaySettings)
}

/// Values of a file.
public struct ReplaySettings: Hashable, Sendable {
  public struct Point: Hashable, Sendable {
    public var offset: Duration
    public var value: Int64
  }

  /// At least one, in the order of time.
  public var points: [Point]
  /// A value stays until the next; otherwise it moves there in a straight line.
  public var holds: Bool
  /// After the last it begins anew; otherwise the last stays.
  public var repeats: Bool
}

/// Something that goes wrong.
public struct FaultSettings: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case noAcknowledge, checksum, stuck, disconnected, lostEdges
    case slow(by: Duration)
  }

  public var kind: Kind
  public var start = Duration.zero
  /// Nil: it stays.
  public var length: Duration?
  /// It comes again so long after it began; nil: it does not. Longer than `length`.
  public var period: Duration?
}
