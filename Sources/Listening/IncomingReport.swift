import Telemetry

/// A reading, event or gap from a broker, published by a gateway of this version or another. Time and values are kept
/// as the payload spells them.
package struct IncomingReport: Hashable, Sendable {
  package let device: String
  package let identity: Identity
  /// RFC 3339; empty when the payload has none.
  package let time: String
  /// `synced`, `corrected` or `unsynced`; empty when the payload has none.
  package let clock: String
  package let content: Content

  package enum Content: Hashable, Sendable {
    /// Sorted: temperature, humidity, contact, pressure, then quantities that this version does not know, by name.
    case reading([IncomingQuantity], quality: String)
    case event(String, concerns: String?, detail: String)
    case gap(reason: String, count: UInt64, spans: [Gap.Span])
  }

  package init(device: String, identity: Identity, time: String, clock: String, content: Content) {
    self.device = device
    self.identity = identity
    self.time = time
    self.clock = clock
    self.content = content
  }
}

/// One value of a reading.
package struct IncomingQuantity: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    /// A decimal number without an exponent.
    case number(String)
    case flag(Bool)
    /// Neither a number nor a flag: sent by a newer gateway, or by something else.
    case unreadable
  }

  package let name: String
  package let value: Value
  package let unit: String?

  package init(name: String, value: Value, unit: String?) {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

/// The retained state of a gateway.
package struct IncomingState: Hashable, Sendable {
  package let device: String
  /// `online` or `offline`.
  package let state: String
  /// RFC 3339. `time` and `clock` are empty in the last will.
  package let time: String
  package let clock: String
  /// The raised alarms that the state lists.
  package let alarms: [RaisedAlarm]

  package struct RaisedAlarm: Hashable, Sendable {
    package let sensor: String
    /// `high`, `low`, `rate`, `stale`, or an alarm of a newer gateway.
    package let alarm: String
    /// Nil: the alarm is about the sensor as a whole.
    package let quantity: String?

    package init(sensor: String, alarm: String, quantity: String?) {
      self.sensor = sensor
      self.alarm = alarm
      self.quantity = quantity
    }
  }

  package init(device: String, state: String, time: String, clock: String, alarms: [RaisedAlarm] = []) {
    self.device = device
    self.state = state
    self.time = time
    self.clock = clock
    self.alarms = alarms
  }
}
