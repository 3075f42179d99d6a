import Telemetry

/// The alarm limits of one quantity, in millionths of its unit.
package struct AlarmRules: Hashable, Sendable {
  /// How far a value may move within a given time.
  package struct Rate: Hashable, Sendable {
    package var change: Int64
    package var within: Duration

    package init(change: Int64, within: Duration) {
      self.change = change
      self.within = within
    }
  }

  /// A value above this raises an alarm.
  package var high: Int64?
  /// A value below this raises an alarm.
  package var low: Int64?
  package var rate: Rate?
  /// How far a value has to come back from a limit before its alarm is cleared.
  package var hysteresis: Int64
  /// How long a value has to be beyond a limit, or back, before that counts.
  package var hold: Duration

  package init(
    high: Int64? = nil, low: Int64? = nil, rate: Rate? = nil, hysteresis: Int64 = 0, hold: Duration = .zero
  ) {
    self.high = high
    self.low = low
    self.rate = rate
    self.hysteresis = hysteresis
    self.hold = hold
  }
}

/// The alarm limits of one sensor.
package struct SensorAlarms: Hashable, Sendable {
  package var quantities: [Quantity.Kind: AlarmRules]
  /// Raised when no sample has come for this long.
  package var stale: Duration?

  package init(quantities: [Quantity.Kind: AlarmRules] = [:], stale: Duration? = nil) {
    self.quantities = quantities
    self.stale = stale
  }
}
