import Telemetry

/// The content of the retained state besides being online: the buffer's counts, and the raised alarms.
package struct StateReport: Hashable, Sendable {
  /// A raised alarm, as it was when it was raised.
  package struct RaisedAlarm: Hashable, Sendable {
    package let alarm: Alarm
    package let since: Stamp

    package init(_ alarm: Alarm, since: Stamp) {
      self.alarm = alarm
      self.since = since
    }
  }

  package var epoch: UInt32 = 0
  /// Identity of the buffer, drawn at random when the buffer was made; 0 before it is open. Two gateways with the same
  /// name have different ones.
  package var store: UInt64 = 0
  /// Records since the buffer was made: `taken == acknowledged + waiting + evicted + expired + lost`.
  package var taken: UInt64 = 0
  package var acknowledged: UInt64 = 0
  package var waiting: UInt64 = 0
  package var evicted: UInt64 = 0
  package var expired: UInt64 = 0
  package var lost: UInt64 = 0
  /// How many of the `waiting` records are on the disk.
  package var durable: UInt64 = 0
  /// Records refused because there was no room, since the start.
  package var refused: UInt64 = 0
  /// The disk cannot be written: waiting records are in memory only.
  package var isDegraded = false
  /// How long the buffer would last without a broker, at the rate of the last minutes; nil before a rate is known.
  package var timeLeft: Duration?
  /// Bytes written since midnight UTC, or since the start if that was later.
  package var bytesWrittenToday: Int64 = 0
  /// Sensors that cannot be read.
  package var faults: [String] = []
  /// The raised alarms, oldest first.
  package var alarms: [RaisedAlarm] = []

  package init() {}
}
