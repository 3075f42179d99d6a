/// The decision about a message that the broker has refused.
enum Verdict: Hashable, Sendable {
  /// The message may be accepted later: over quota, or a problem of the broker. Everything waits, so that the order
  /// stays.
  case later
  /// The message is not allowed: somebody has to change the broker's rules. It waits with its stream, others go on.
  case denied
  /// The message will never be accepted.
  case never

  /// `reason`: reason code of a PUBACK or PUBREC (MQTT 5.0, 3.4.2.1).
  init(reason: UInt8) {
    switch reason {
    case 0x87: self = .denied
    // Topic name invalid, packet too large, payload format invalid, QoS not supported.
    case 0x90, 0x95, 0x99, 0x9B: self = .never
    default: self = .later
    }
  }
}
