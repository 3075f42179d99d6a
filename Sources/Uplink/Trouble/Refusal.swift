/// What becomes of a message that the broker has refused.
enum Verdict: Hashable, Sendable {
  /// It may go well later: over quota, or a trouble of the broker's. Everything waits, so that the order stays.
  case later
  /// Not allowed: somebody has to change the broker's rules. The message waits, the others go on.
  case denied
  /// It will never go well.
  case never

  /// `reason`: of a PUBACK, or PUBREC (MQTT 5.0, 3.4.2.1).
  init(reason: UInt8) {
    switch reason {
    case 0x87: self = .denied
    // Topic name invalid, packet too large, payload format invalid, QoS not supported.
    case 0x90, 0x95, 0x99, 0x9B: self = .never
    default: self = .later
    }
  }
}
