import Messages
import Scheduling
import Telemetry

/// What a message is called on its way: chosen by the sender, told back with the acknowledgement.
package struct Token: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }
}

/// A connection to a broker, or the attempt at one. The seam between the courier and libmosquitto.
///
/// Calls do not answer; what comes of them is told as events, in order, to the handler that the transport was made with.
/// After `failed` there is no connection and nothing more comes until the next `connect`.
package protocol Transport: Pinned {
  /// Of MQTT, as people write it: `5`, `3.1.1`.
  var version: String { get }

  /// Starts an attempt with this one of the brokers, on a clean slate. Ends in `connected` or `failed`, or in neither: the deadline is the caller's.
  func connect(broker: Int)

  /// Gives a message to the broker. Only between `connected` and `failed`.
  func publish(_ message: Message, token: Token)

  /// Asks for messages, with QoS 1. Only between `connected` and `failed`; each is answered by `subscribed` or
  /// `notSubscribed`.
  func subscribe(to subscriptions: [TopicSubscription])

  /// Says goodbye: ends in `failed(.closed)` once the broker has gone.
  func disconnect()

  /// Drops the connection or the attempt at once. No event follows.
  func abandon()
}

/// What a transport tells.
package enum TransportEvent: Hashable, Sendable {
  /// The broker's name has been looked up, and the TCP connection is on its way: `to 192.0.2.1`, or `over IPv6`.
  case dialling(String)
  /// The TCP connection stands; TLS and the broker's welcome are to come.
  case dialled
  /// The broker has accepted us; it takes at most so many unacknowledged messages at a time, and packets of at most so
  /// many bytes. `isAcknowledging`: what it takes it acknowledges, if that is wanted.
  case connected(receiveMaximum: Int?, maximumPacket: Int? = nil, isAcknowledging: Bool = true)
  /// PUBACK or PUBCOMP, or for QoS 0 the message has been written.
  case acknowledged(Token, Acknowledgement)
  case subscribed(filter: String)
  /// The connection stands all the same.
  case notSubscribed(filter: String, meaning: String)
  /// A message has come, and is acknowledged already.
  case received(Incoming)
  /// The broker cannot do something, as it seems; this attempt is made without it.
  case adapted(String)
  /// The attempt or the connection is over.
  case failed(LinkFailure)
}

/// What to receive.
package struct TopicSubscription: Hashable, Sendable {
  package let filter: String
  /// `$share/…`: only with MQTT 5, and only with a broker that has it.
  package let isShared: Bool

  init(_ filter: String, isShared: Bool) {
    self.filter = filter
    self.isShared = isShared
  }
}

/// A message that has come, no larger than we like it.
package struct Incoming: Hashable, Sendable {
  /// Of the payload, the response topic and the correlation data, each, in bytes.
  package static let limit = 1_024

  package let topic: String
  /// Of the payload as it came, in bytes.
  package let size: Int
  /// Empty when it was larger than the limit.
  package let payload: [UInt8]
  package let isRetained: Bool
  /// With MQTT 5: where the answer is to go, and what goes with it. Nil when it was larger than the limit.
  package let reply: Reply?

  package struct Reply: Hashable, Sendable {
    package let topic: String?
    package let correlation: [UInt8]?

    package init(topic: String?, correlation: [UInt8]?) {
      self.topic = topic
      self.correlation = correlation
    }
  }

  package init(topic: String, size: Int, payload: [UInt8], isRetained: Bool, reply: Reply?) {
    self.topic = topic
    self.size = size
    self.payload = payload
    self.isRetained = isRetained
    self.reply = reply
  }
}

/// The broker's answer to a message.
package enum Acknowledgement: Hashable, Sendable {
  case accepted
  /// An MQTT 5 reason code of 0x80 or above.
  case refused(reason: UInt8, meaning: String)
}

/// Why there is no connection. Carries what was seen.
package enum LinkFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Our own goodbye.
  case closed
  /// We left, to come back with the certificates that are there now.
  case credentialsReplaced
  /// We left, to ask the broker again for what it could not do an hour ago.
  case askingAnew
  /// The library or the system refused: its code and its words.
  case library(operation: String, code: Int32, detail: String)
  /// CONNACK or DISCONNECT with a reason.
  case broker(reason: Int32, meaning: String)
  /// The broker cannot do something; from now on it is done without.
  case adapted(String)
  /// Something answers that is no broker: what it seems to be.
  case notMQTT(String)

  /// Nothing has failed: we left, to come back at once.
  package var isPlanned: Bool { self == .credentialsReplaced || self == .askingAnew }

  package var description: String {
    switch self {
    case .closed: "closed"
    case .credentialsReplaced: "a certificate or key was replaced; connecting anew with it"
    case .askingAnew: "connecting anew, to ask for MQTT 5 again"
    case .library(let operation, let code, let detail): "\(operation): \(detail) (code \(code))"
    case .broker(let reason, let meaning): "the broker said \(meaning) (reason \(reason))"
    case .adapted(let how): how
    case .notMQTT(let what): "what answers there does not speak MQTT: \(what)"
    }
  }
}
