import Telemetry

/// What is watched of one quantity, in millionths of its unit.
public struct AlarmRules: Hashable, Sendable {
  /// How far a value may move within some time.
  public struct Rate: Hashable, Sendable {
    public var change: Int64
    public var within: Duration

    public init(change: Int64, within: Duration) {
      self.change = change
      self.within = within
    }
  }

  /// Raised above this.
  public var high: Int64?
  /// Raised below this.
  public var low: Int64?
  public var rate: Rate?
  /// How far a value has to come back from a limit before its alarm is cleared.
  public var hysteresis: Int64
  /// For so long a value has to be beyond a limit, or back, before that counts.
  public var hold: Duration

  public init(
    high: Int64? = nil, low: Int64? = nil, rate: Rate? = nil, hysteresis: Int64 = 0, hold: Duration = .zero
  ) {
    self.high = high
    self.low = low
    self.rate = rate
    self.hysteresis = hysteresis
    self.hold = hold
  }
}

/// What is watched of one sensor.
public struct SensorAlarms: Hashable, Sendable {
  public var quantities: [Quantity.Kind: AlarmRules]
  /// Raised when no sample came for so long.
  public var stale: Duration?

  public init(quantities: [Quantity.Kind: AlarmRules] = [:], stale: Duration? = nil) {
    self.quantities = quantities
    self.stale = stale
  }
}
