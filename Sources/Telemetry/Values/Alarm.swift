/// What an alarm of a sensor is about. `value` and `threshold` make it readable without the configuration.
package struct Alarm: Hashable, Sendable {
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// Above a limit.
    case high = 1
    /// Below a limit.
    case low = 2
    /// Changed by more than a limit within some time.
    case rate = 3
    /// No reading for longer than a limit.
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

  /// Which one: there is one of each, at most.
  package struct Name: Hashable, Sendable {
    package let sensor: String
    package let kind: Kind
    /// Nil: the sensor as a whole (`stale`).
    package let quantity: Quantity.Kind?

    package init(sensor: String, kind: Kind, quantity: Quantity.Kind?) {
      self.sensor = sensor
      self.kind = kind
      self.quantity = quantity
    }
  }

  package let name: Name
  /// What raised or cleared it, in millionths of the quantity's own unit (°C, %, hPa); of `rate` the change, of `stale`
  /// millionths of a second. Nil: not known.
  package let value: Int64?
  /// The limit, as `value`. Nil: there is none any more.
  package let threshold: Int64?

  package init(_ name: Name, value: Int64?, threshold: Int64?) {
    self.name = name
    self.value = value
    self.threshold = threshold
  }
}
