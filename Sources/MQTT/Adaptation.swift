import Uplink

extension MosquittoOptions {
  /// After a refused CONNECT: leaves out what the broker cannot do, if that is why, and says what; else nil.
  mutating func adapt(to failure: LinkFailure) -> String? {
    guard version == .v5 else { return nil }
    if Reasons.knowsNoVersion5(failure) {
      version = .v311
      return "the broker does not know MQTT 5; MQTT 3.1.1 from now on"
    }
    guard case .broker(let reason, _) = failure, let will else { return nil }
    switch reason {
    // QoS not supported (MQTT 5.0, 3.2.2.3.4): nothing else of a CONNECT has one.
    case 0x9B where willQoS > 0:
      willQoS -= 1
      return "the broker does not take a last will of this quality of service; QoS \(willQoS) from now on"
    // Retain not supported (MQTT 5.0, 3.2.2.3.5).
    case 0x9A where will.isRetained:
      self.will = Message(topic: will.topic, payload: will.payload, isRetained: false)
      return "the broker keeps no messages; the last will is not retained from now on"
    default: return nil
    }
  }
}
