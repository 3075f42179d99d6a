import Telemetry

/// What the retained state says of the gateway besides being online: the ledger of its buffer, and the alarms that are
/// raised.
package struct StateReport: Hashable, Sendable {
  /// An alarm that is raised, as it was at that moment.
  package struct RaisedAlarm: Hashable, Sendable {
    package let alarm: Alarm
    package let since: Stamp

    package init(_ alarm: Alarm, since: Stamp) {
      self.alarm = alarm
      self.since = since
    }
  }

  package var epoch: UInt32 = 0
  /// Of the buffer, drawn at random when it was made; 0 before it is open. Two gateways that call themselves the same have
  /// different ones.
  package var store: UInt64 = 0
  /// Records since the buffer was made: `taken == acknowledged + waiting + evicted + expired + lost`.
  package var taken: UInt64 = 0
  package var acknowledged: UInt64 = 0
  package var waiting: UInt64 = 0
  package var evicted: UInt64 = 0
  package var expired: UInt64 = 0
  package var lost: UInt64 = 0
  /// Those of `waiting` that are on the disk.
  package var durable: UInt64 = 0
  /// Not taken for want of room, since the start.
  package var refused: UInt64 = 0
  /// The disk cannot be written: what waits is in memory only.
  package var isDegraded = false
  /// How long the buffer would last without a broker, at the rate of the last minutes; nil before a rate is known.
  package var timeLeft: Duration?
  /// Since midnight UTC, or since the start if that was later.
  package var bytesWrittenToday: Int64 = 0
  /// Sensors that cannot be read.
  package var faults: [String] = []
  /// The oldest first.
  package var alarms: [RaisedAlarm] = []

  package init() {}
}
