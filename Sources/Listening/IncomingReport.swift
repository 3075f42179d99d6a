import Telemetry

/// A reading, event or gap as it comes from a broker: what a gateway of this version or another has published, with the
/// time and the values in the words of the payload.
public struct IncomingReport: Hashable, Sendable {
  public let device: String
  public let identity: Identity
  /// RFC 3339; empty when the payload has none.
  public let time: String
  /// `synced`, `corrected` or `unsynced`; empty when the payload has none.
  public let clock: String
  public let content: Content

  public enum Content: Hashable, Sendable {
    /// Temperature first, then humidity, contact, pressure, then what this version does not know, by name.
    case reading([IncomingQuantity], quality: String)
    case event(String, concerns: String?, detail: String)
    case gap(reason: String, count: UInt64, spans: [Gap.Span])
  }

  public init(device: String, identity: Identity, time: String, clock: String, content: Content) {
    self.device = device
    self.identity = identity
    self.time = time
    self.clock = clock
    self.content = content
  }
}

/// One value of a reading.
public struct IncomingQuantity: Hashable, Sendable {
  public enum Value: Hashable, Sendable {
    /// A decimal number without an exponent.
    case number(String)
    case flag(Bool)
    /// Neither: a newer gateway, or none.
    case unreadable
  }

  public let name: String
  public let value: Value
  public let unit: String?

  public init(name: String, value: Value, unit: String?) {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

/// The retained state of a gateway.
public struct IncomingState: Hashable, Sendable {
  public let device: String
  /// `online` or `offline`.
  public let state: String
  /// Both empty in the last will.
  public let time: String
  public let clock: String
  /// Those that are raised, as far as the state lists them.
  public let alarms: [RaisedAlarm]

  public struct RaisedAlarm: Hashable, Sendable {
    public let sensor: String
    /// `high`, `low`, `rate`, `stale`, or what a newer gateway has.
    public let alarm: String
    /// Nil: the sensor as a whole.
    public let quantity: String?

    public init(sensor: String, alarm: String, quantity: String?) {
      self.sensor = sensor
      self.alarm = alarm
      self.quantity = quantity
    }
  }

  public init(device: String, state: String, time: String, clock: String, alarms: [RaisedAlarm] = []) {
    self.device = device
    self.state = state
    self.time = time
    self.clock = clock
    self.alarms = alarms
  }
}
