import Telemetry

/// How one quantity of a sensor is processed before it is published. Numbers are millionths of the quantity's own unit:
/// °C, %, hPa. Defaults are the initial values here.
package struct QuantitySettings: Hashable, Sendable {
  package enum Smoothing: Hashable, Sendable {
    /// The number of samples, 2 … 100.
    case mean(Int)
    case median(Int)
  }

  /// One point of a calibration curve: the sensor's value and the true value.
  package struct CurvePoint: Hashable, Sendable {
    package var measured: Int64
    package var actual: Int64
  }

  /// Factor in millionths: 0.5 … 2.
  package var scale: Int64 = 1_000_000
  /// Added after scaling: -100 … 100.
  package var offset: Int64 = 0
  /// Calibration curve: two points or more, both coordinates strictly increasing. Nil: scale and offset apply instead.
  package var curve: [CurvePoint]?
  /// Plausible range: a value outside is a fault; nil: every value is accepted.
  package var range: ClosedRange<Int64>?
  package var smoothing: Smoothing?
  /// Published values are multiples of this, in millionths of the published unit; nil: all digits.
  package var step: Int64?
  package var unit = Presentation.TemperatureUnit.celsius
  /// Dead band: a smaller change is not published; nil: every reading is.
  package var deadBand: Int64?
  package var alarms: AlarmSettings?

  package init() {}
}

/// The alarms of one quantity. Numbers are in the same unit as in `QuantitySettings`.
package struct AlarmSettings: Hashable, Sendable {
  package struct Rate: Hashable, Sendable {
    package var change: Int64
    /// Time window for the change: 10 s … 1 d.
    package var within: Duration
  }

  package var high: Int64?
  package var low: Int64?
  package var rate: Rate?
  /// How far a value must come back behind the limit before the alarm clears. By default 0.5 °C, 2 %, 1 hPa.
  package var hysteresis: Int64
  /// How long a value must stay beyond the limit, or back, before the alarm changes: 0 s … 1 d.
  package var hold = Duration.zero

  package init(_ kind: Quantity.Kind) { hysteresis = Self.usualHysteresis(kind) }

  static func usualHysteresis(_ kind: Quantity.Kind) -> Int64 {
    switch kind {
    case .temperature: 500_000
    case .humidity: 2_000_000
    case .pressure: 1_000_000
    case .contact: 0
    }
  }
}

/// How a sensor's samples are processed before they are published.
package struct ValueSettings: Hashable, Sendable {
  /// Settings by quantity; a quantity without an entry is published as it is.
  package var quantities: [Quantity.Kind: QuantitySettings] = [:]
  /// With a dead band, longest time without a published reading: from the sensor's interval up to 1 d.
  package var maximumSilence = Duration.seconds(600)
  /// Alarm after this time without a sample: from above the sensor's interval up to 30 d; nil: none.
  package var stale: Duration?

  package init() {}

  /// The longest sampling interval that these alarms allow: before a sensor counts as stale it must have had its turn,
  /// and a rate needs two samples within its window. `stale` less a whole second, for people. Nil: no alarm limits it.
  var longestInterval: Duration? {
    let ofRates = quantities.values.compactMap { $0.alarms?.rate.map { $0.within / 2 } }
    return (ofRates + [stale.map { $0 - .seconds(1) }].compactMap { $0 }).min()
  }
}
