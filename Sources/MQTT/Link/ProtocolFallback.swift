import Telemetry
import Uplink

/// Leaves out what a broker does not support. Not for ever: what looked like the broker's answer may have been a
/// proxy's error page, and without MQTT 5 nobody sees what a broker denies.
struct ProtocolFallback: Sendable {
  /// After this time a new connection tries everything again.
  static let lifetime = Duration.seconds(3_600)
  private static let longest = Duration.seconds(86_400)
  /// Attempts with MQTT 5 in a row without any answer before 3.1.1 is tried.
  private static let patience = 2

  private let wanted: MosquittoOptions
  /// The options of the next attempt.
  private(set) var options: MosquittoOptions
  private var since: Uptime?
  private var wasWelcome = false
  private var unanswered = 0
  /// The broker has not said that it does not support MQTT 5: it has said nothing. The network may be to blame.
  private var isGuess = false
  /// The broker has once answered in MQTT 3.1.1 after not answering in MQTT 5.
  private var isConfirmed = false
  private var guessLasts = lifetime

  init(_ wanted: MosquittoOptions) {
    self.wanted = wanted
    options = wanted
  }

  mutating func connecting(at now: Uptime) {
    if let since, now - since >= (isGuess ? guessLasts : Self.lifetime) { reset() }
  }

  /// A guess has expired, though the connection is up: options based on a guess must not stay for ever.
  func isPast(at now: Uptime) -> Bool {
    guard let since, isGuess else { return false }
    return now - since >= guessLasts
  }

  mutating func welcomed() {
    wasWelcome = true
    unanswered = 0
    if options.version == .v5 {
      (isConfirmed, guessLasts) = (false, Self.lifetime)
    } else if isGuess {
      isConfirmed = true
    }
  }

  /// To be called after an attempt that ended in the handshake. Returns what the next attempt does without, in words;
  /// nil: nothing.
  mutating func ended(_ end: LinkEnd, at now: Uptime) -> String? {
    guard let silence = end.silence else { return failed(end.failure, at: now) }
    return wasIgnored(silence, at: now)
  }

  /// To be called after an attempt that failed with the broker's answer. If the broker does not support something,
  /// leaves it out, and returns what, in words.
  mutating func failed(_ failure: MosquittoFailure, at now: Uptime) -> String? {
    unanswered = 0
    if let how = options.adapt(to: failure) {
      (since, wasWelcome, isGuess) = (now, false, false)
      return how
    }
    // Leaving things out has not helped.
    if !wasWelcome, since != nil { reset() }
    return nil
  }

  /// To be called after an attempt that was not answered at all, though our CONNECT has been written. Some brokers that
  /// support only 3.1.1 do that.
  mutating func wasIgnored(_ silence: LinkEnd.Silence, at now: Uptime) -> String? {
    guard options.version == .v5 else {
      if !wasWelcome {
        isConfirmed = false
        reset()
      }
      return nil
    }
    unanswered += 1
    guard unanswered >= (isConfirmed ? 1 : Self.patience) else { return nil }
    if isConfirmed { guessLasts = min(guessLasts * 2, Self.longest) }
    options.version = .v311
    (since, wasWelcome, isGuess, unanswered) = (now, false, true, 0)
    let how =
      switch silence {
      case .closed: "closes the connection"
      case .mute: "does not answer"
      }
    return "the broker \(how) when it is asked for MQTT 5; MQTT 3.1.1 is tried"
  }

  /// The broker has acknowledged a message of QoS 2 as if it were QoS 1. That is unmistakable, so the change is
  /// permanent.
  mutating func answeredAsQoS1() -> String {
    options.qos = 1
    return "the broker answers QoS 2 as if it were QoS 1 (PUBACK in place of PUBREC); QoS 1 from now on"
  }

  private mutating func reset() {
    let qos = options.qos
    options = wanted
    options.qos = qos
    (since, wasWelcome, isGuess, unanswered) = (nil, false, false, 0)
  }
}

extension MosquittoOptions {
  fileprivate mutating func adapt(to failure: MosquittoFailure) -> String? {
    guard version == .v5 else { return nil }
    if Reasons.knowsNoVersion5(failure) {
      version = .v311
      return "the broker does not know MQTT 5; MQTT 3.1.1 for the next hour"
    }
    guard case .broker(let reason, _) = failure else { return nil }
    switch reason {
    // QoS not supported (MQTT 5.0, 3.2.2.3.4): nothing else in a CONNECT has a QoS.
    case 0x9B where willQoS > 0:
      willQoS -= 1
      return "the broker does not take a last will of this quality of service; QoS \(willQoS) for the next hour"
    // Retain not supported (MQTT 5.0, 3.2.2.3.5).
    case 0x9A where willIsRetained:
      willIsRetained = false
      return "the broker keeps no messages; the last will is not retained for the next hour"
    default: return nil
    }
  }
}
