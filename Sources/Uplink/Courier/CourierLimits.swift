/// The limits of the way upstream.
package struct CourierLimits: Sendable {
  /// Unacknowledged messages at one time.
  package var inFlight = 20
  /// The TCP connection of one attempt, once the broker's name has been looked up.
  package var dial = Duration.seconds(5)
  /// Name lookup, TCP, TLS and CONNACK together.
  package var connect = Duration.seconds(15)
  /// For one acknowledgement.
  package var acknowledge = Duration.seconds(8)
  /// What was agreed with the broker: after one and a half of this it ends a connection that is silent.
  package var keepAlive = Duration.seconds(60)
  /// The longest wait between two attempts.
  package var retryCeiling = Duration.seconds(4)
  /// Where in that wait this device has its place, 0 ..< 1: a fleet that has lost its broker does not come back at once.
  package var slot = 0.5
  /// How many brokers there are to try in turn.
  package var brokers = 1
  /// Readings of one sensor in one message, at most. 1: each goes alone.
  package var batch = 1
  /// What a message has beside its payload, in bytes: header, topic, properties.
  package var overhead = 700
  /// What a reading takes of a batch, in bytes, beside its sensor's name and its quantities.
  package var envelope = 256
  /// How long a reading waits for others to go with it.
  package var gather = Duration.zero
  /// Readings a second at most; nil: as fast as the broker acknowledges.
  package var rate: Int?
  /// For the last acknowledgements and the goodbye.
  package var farewell = Duration.seconds(2)

  package init() {}

  /// Parcels fetched at one time, however large window and batch are.
  static let fetchLimit = 1_000
}
