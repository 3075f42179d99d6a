import Messages

/// The values that one attempt to connect is made with.
struct LinkRequest {
  /// A message that the broker publishes when it loses us without a DISCONNECT.
  struct Will {
    let topic: String
    let payload: [UInt8]
    let qos: Int32
    let isRetained: Bool
  }

  let options: MosquittoOptions
  let broker: MosquittoOptions.Broker
  /// Nil: the broker publishes nothing when it loses us.
  var will: Will?
  /// The broker goes on with the session that it has kept for us, if it has one.
  var resumes = false
  /// How long the broker keeps the session while we are away. Nil: not at all with MQTT 5; MQTT 3.1.1 has no such
  /// request.
  var sessionExpiry: UInt32?
  /// Largest packet that the broker may send, in bytes; MQTT 3.1.1 has no such request. Nil: no limit is asked for.
  var largestPacket: UInt32?

  /// In seconds.
  var keepAlive: Int32 { Int32(clamping: options.keepAlive.components.seconds) }
}
