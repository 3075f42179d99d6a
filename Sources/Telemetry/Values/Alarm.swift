/// One alarm of a sensor. `value` and `threshold` make it readable without the configuration.
package struct Alarm: Hashable, Sendable {
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// The value is above a limit.
    case high = 1
    /// The value is below a limit.
    case low = 2
    /// The value changed by more than a limit within some time.
    case rate = 3
    /// No reading arrived for longer than a limit.
    case stale = 4

    package var name: String {
      switch self {
      case .high: "high"
      case .low: "low"
      case .rate: "rate"
      case .stale: "stale"
      }
    }
  }

  /// Identifies an alarm: each name exists at most once.
  package struct Name: Hashable, Sendable {
    package let sensor: String
    package let kind: Kind
    /// Nil: the alarm is about the sensor as a whole (`stale`).
    package let quantity: Quantity.Kind?

    package init(sensor: String, kind: Kind, quantity: Quantity.Kind?) {
      self.sensor = sensor
      self.kind = kind
      self.quantity = quantity
    }
  }

  package let name: Name
  /// The value that raised or cleared the alarm, in millionths of the quantity's own unit (°C, %, hPa). For `rate` it
  /// is the change, for `stale` millionths of a second. Nil: not known.
  package let value: Int64?
  /// The limit, in the unit of `value`. Nil: the configuration no longer has one.
  package let threshold: Int64?

  package init(_ name: Name, value: Int64?, threshold: Int64?) {
    self.name = name
    self.value = value
    self.threshold = threshold
  }
}
