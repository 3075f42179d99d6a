import Messages
import Scheduling
import Telemetry

/// Identifies a message in flight: chosen by the sender, and returned with the acknowledgement.
package struct Token: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) { self.value = value }
}

/// A connection to a broker, or an attempt to connect. The seam between the courier and libmosquitto.
///
/// Calls return nothing. Their results are reported as events, in order, to the handler that the transport was made
/// with. After `failed` there is no connection, and no event follows until the next `connect`.
package protocol Transport: Pinned {
  /// The MQTT version as people write it: `5`, `3.1.1`.
  var version: String { get }

  /// Starts an attempt with the broker of this index, with no state from earlier connections. Ends in `connected` or
  /// `failed`, or in neither: the caller has to set the deadline.
  func connect(broker: Int)

  /// Sends a message to the broker. Only between `connected` and `failed`.
  func publish(_ message: Message, token: Token)

  /// Subscribes with QoS 1. Only between `connected` and `failed`; each subscription is answered by `subscribed` or
  /// `notSubscribed`.
  func subscribe(to subscriptions: [TopicSubscription])

  /// Sends a DISCONNECT; ends in `failed(.closed)` once the broker has closed the connection.
  func disconnect()

  /// Drops the connection or the attempt at once. No event follows.
  func abandon()
}

/// The events that a transport reports.
package enum TransportEvent: Hashable, Sendable {
  /// The broker's name has been looked up, and the TCP connection is being made: `to 192.0.2.1`, or `over IPv6`.
  case dialling(String)
  /// The TCP connection is established. TLS and the CONNACK are still to come.
  case dialled
  /// The broker has accepted us. It takes at most `receiveMaximum` unacknowledged messages at a time, and packets of at
  /// most `maximumPacket` bytes. `isAcknowledging`: it acknowledges what it takes, if that is wanted.
  case connected(receiveMaximum: Int?, maximumPacket: Int? = nil, isAcknowledging: Bool = true)
  /// PUBACK or PUBCOMP has come, or with QoS 0 the message has been written.
  case acknowledged(Token, Acknowledgement)
  case subscribed(filter: String)
  /// The connection remains established.
  case notSubscribed(filter: String, meaning: String)
  /// A message has arrived, and is already acknowledged.
  case received(Incoming)
  /// The broker seems not to support something; this attempt is made without it.
  case adapted(String)
  /// The attempt or the connection has ended.
  case failed(LinkFailure)
}

/// A topic to subscribe to.
package struct TopicSubscription: Hashable, Sendable {
  package let filter: String
  /// `$share/…`: only with MQTT 5, and only with a broker that supports it.
  package let isShared: Bool

  init(_ filter: String, isShared: Bool) {
    self.filter = filter
    self.isShared = isShared
  }
}

/// A message that has arrived, without the parts that exceed the limit.
package struct Incoming: Hashable, Sendable {
  /// Largest payload, response topic and correlation data, each in bytes.
  package static let limit = 1_024

  package let topic: String
  /// Size of the payload as received, in bytes.
  package let size: Int
  /// Empty if the payload exceeded the limit.
  package let payload: [UInt8]
  package let isRetained: Bool
  /// With MQTT 5: where to send the answer, and the correlation data to send with it. Nil if either exceeded the limit.
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
  /// The connection was closed without an error: after our own DISCONNECT, or by one of the broker with reason 0.
  case closed
  /// We disconnected, to connect again with the certificates that are there now.
  case credentialsReplaced
  /// We disconnected, to ask the broker again for what it could not do earlier.
  case askingAnew
  /// The library or the system refused: its code and its message.
  case library(operation: String, code: Int32, detail: String)
  /// A CONNACK or DISCONNECT with a reason.
  case broker(reason: Int32, meaning: String)
  /// The broker does not support something; from now on we do without it.
  case adapted(String)
  /// Whatever answers is not a broker: what it seems to be.
  case notMQTT(String)

  /// Nothing has failed: we disconnected in order to connect again at once.
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
