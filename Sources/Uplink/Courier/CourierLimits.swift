import Telemetry

/// The limits of the uplink.
package struct CourierLimits: Sendable {
  /// Largest number of unacknowledged messages at a time.
  package var inFlight = 20
  /// For the TCP connection of one attempt, once the broker's name has been looked up.
  package var dial = Duration.seconds(5)
  /// For name lookup, TCP, TLS and CONNACK together.
  package var connect = Duration.seconds(15)
  /// For one acknowledgement.
  package var acknowledge = Duration.seconds(8)
  /// The keep-alive agreed with the broker: it ends a connection that is silent for one and a half times as long.
  package var keepAlive = Duration.seconds(60)
  /// The longest wait between two attempts.
  package var retryCeiling = Duration.seconds(4)
  /// This device's fixed place within that wait, 0 ..< 1: a fleet that has lost its broker does not come back at once.
  package var slot = 0.5
  /// How many brokers there are to try in turn.
  package var brokers = 1
  /// Readings of one sensor in one message, at most. 1: each reading is sent alone.
  package var batch = 1
  /// Size of a reading in a message with others, in bytes, at most.
  package var size: @Sendable (Reading) -> Int = { 256 + 80 * $0.quantities.count }
  /// How long a reading waits for others to be sent with it.
  package var gather = Duration.zero
  /// Readings a second, at most; nil: as fast as the broker acknowledges.
  package var rate: Int?
  /// For the last acknowledgements and the DISCONNECT.
  package var farewell = Duration.seconds(2)

  package init() {}

  /// Parcels fetched at a time, however large the window and the batches are.
  static let fetchLimit = 1_000
}
