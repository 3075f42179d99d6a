import Telemetry

/// What the retained state says of the gateway besides being online: the ledger of its buffer, and the alarms that are
/// raised.
public struct StateReport: Hashable, Sendable {
  /// An alarm that is raised, as it was at that moment.
  public struct RaisedAlarm: Hashable, Sendable {
    public let alarm: Alarm
    public let since: Stamp

    public init(_ alarm: Alarm, since: Stamp) {
      self.alarm = alarm
      self.since = since
    }
  }

  public var epoch: UInt32 = 0
  /// Of the buffer, drawn at random when it was made; 0 before it is open. Two gateways that call themselves the same have
  /// different ones.
  public var store: UInt64 = 0
  /// Records since the buffer was made: `taken == acknowledged + waiting + evicted + expired + lost`.
  public var taken: UInt64 = 0
  public var acknowledged: UInt64 = 0
  public var waiting: UInt64 = 0
  public var evicted: UInt64 = 0
  public var expired: UInt64 = 0
  public var lost: UInt64 = 0
  /// Those of `waiting` that are on the disk.
  public var durable: UInt64 = 0
  /// Not taken for want of room, since the start.
  public var refused: UInt64 = 0
  /// The disk cannot be written: what waits is in memory only.
  public var isDegraded = false
  /// How long the buffer would last without a broker, at the rate of the last minutes; nil before a rate is known.
  public var timeLeft: Duration?
  /// Since midnight UTC, or since the start if that was later.
  public var bytesWrittenToday: Int64 = 0
  /// Sensors that cannot be read.
  public var faults: [String] = []
  /// The oldest first.
  public var alarms: [RaisedAlarm] = []

  public init() {}
}
