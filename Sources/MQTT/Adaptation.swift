import Telemetry
import Uplink

/// What the broker cannot do is left out. Not for ever: what was taken for its word may have been a proxy's page of errors,
/// and without MQTT 5 nobody sees what a broker denies.
struct Adaptation: Sendable {
  /// After this a new connection tries everything again.
  static let lifetime = Duration.seconds(3_600)

  private let wanted: MosquittoOptions
  /// What the next attempt is made with.
  private(set) var options: MosquittoOptions
  private var since: Uptime?
  private var wasWelcome = false

  init(_ wanted: MosquittoOptions) {
    self.wanted = wanted
    options = wanted
  }

  mutating func connecting(at now: Uptime) {
    if let since, now - since >= Self.lifetime { reset() }
  }

  mutating func welcomed() { wasWelcome = true }

  /// After an attempt that failed with the broker's answer: leaves out what that broker cannot do, if that is why, and says
  /// what.
  mutating func failed(_ failure: LinkFailure, at now: Uptime) -> String? {
    if let how = options.adapt(to: failure) {
      (since, wasWelcome) = (now, false)
      return how
    }
    // To do without has not helped.
    if !wasWelcome { reset() }
    return nil
  }

  private mutating func reset() { self = Adaptation(wanted) }
}

extension MosquittoOptions {
  fileprivate mutating func adapt(to failure: LinkFailure) -> String? {
    guard version == .v5 else { return nil }
    if Reasons.knowsNoVersion5(failure) {
      version = .v311
      return "the broker does not know MQTT 5; MQTT 3.1.1 for the next hour"
    }
    guard case .broker(let reason, _) = failure, let will else { return nil }
    switch reason {
    // QoS not supported (MQTT 5.0, 3.2.2.3.4): nothing else of a CONNECT has one.
    case 0x9B where willQoS > 0:
      willQoS -= 1
      return "the broker does not take a last will of this quality of service; QoS \(willQoS) for the next hour"
    // Retain not supported (MQTT 5.0, 3.2.2.3.5).
    case 0x9A where will.isRetained:
      self.will = Message(topic: will.topic, payload: will.payload, isRetained: false)
      return "the broker keeps no messages; the last will is not retained for the next hour"
    default: return nil
    }
  }
}
