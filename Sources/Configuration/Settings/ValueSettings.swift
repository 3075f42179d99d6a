import Telemetry

/// What is made of one quantity of a sensor before it is published. Numbers are millionths of the quantity's own unit:
/// °C, %, hPa. The defaults are the initial values here.
package struct QuantitySettings: Hashable, Sendable {
  package enum Smoothing: Hashable, Sendable {
    /// Of so many samples, 2 … 100.
    case mean(Int)
    case median(Int)
  }

  /// At one place of a calibration curve: what the sensor says, and what is true.
  package struct CurvePoint: Hashable, Sendable {
    package var measured: Int64
    package var actual: Int64
  }

  /// Millionths; 0.5 … 2.
  package var scale: Int64 = 1_000_000
  /// Added after scaling: -100 … 100.
  package var offset: Int64 = 0
  /// Two points or more, both coordinates growing strictly; nil: scale and offset do. Never beside those.
  package var curve: [CurvePoint]?
  /// A value outside is a fault; nil: none is.
  package var range: ClosedRange<Int64>?
  package var smoothing: Smoothing?
  /// Published values are multiples of this, in millionths of the published unit; nil: all digits.
  package var step: Int64?
  package var unit = Presentation.TemperatureUnit.celsius
  /// A smaller change is not published; nil: every reading is.
  package var deadBand: Int64?
  package var alarms: AlarmSettings?

  package init() {}
}

/// The alarms of one quantity, as above.
package struct AlarmSettings: Hashable, Sendable {
  package struct Rate: Hashable, Sendable {
    package var change: Int64
    /// 10 s … 1 d.
    package var within: Duration
  }

  package var high: Int64?
  package var low: Int64?
  package var rate: Rate?
  /// How far a value has to come back. By default 0.5 °C, 2 %, 1 hPa.
  package var hysteresis: Int64
  /// For so long a value has to be beyond, or back: 0 s … 1 d.
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

/// What is made of a sensor's samples.
package struct ValueSettings: Hashable, Sendable {
  /// Those that say something; the others are published as they are.
  package var quantities: [Quantity.Kind: QuantitySettings] = [:]
  /// With a dead band, something is published after so long all the same: from the sensor's interval up to 1 d.
  package var maximumSilence = Duration.seconds(600)
  /// An alarm after so long without a sample: from above the sensor's interval up to 30 d; nil: none.
  package var stale: Duration?

  package init() {}

  /// The file may have no longer one beside these alarms: before a sensor counts as stale it must have had its turn, and a rate needs
  /// two samples within its time. In whole seconds, for people. Nil: no alarm limits it.
  var longestInterval: Duration? {
    let ofRates = quantities.values.compactMap { $0.alarms?.rate.map { $0.within / 2 } }
    return (ofRates + [stale.map { $0 - .seconds(1) }].compactMap { $0 }).min()
  }
}
