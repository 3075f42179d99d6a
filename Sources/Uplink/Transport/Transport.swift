import Messages
import Scheduling

/// Identifies a message in flight: chosen by the sender, and returned with the acknowledgement.
package enum Token: Hashable, Sendable {
  /// Records, by the number of the first one.
  case records(UInt64)
  /// A state of the gateway, or an answer to a command; each has a number of its own.
  case state(UInt64)
  case answer(UInt64)
}

/// A connection to a broker, or an attempt to connect. The seam between the courier and a protocol: what a protocol
/// calls things, and how it numbers its reasons, stays behind it.
///
/// Calls return nothing. Their results are reported as events, in order, to the handler that the transport was made
/// with. After `failed` there is no connection, and no event follows until the next `connect`.
package protocol Transport: Pinned {
  /// The protocol and its version as people write them.
  var protocolName: String { get }

  /// Starts an attempt with the broker of this index, with no state from earlier connections. Ends in `connected` or
  /// `failed`, or in neither: the caller has to set the deadline.
  func connect(broker: Int)

  /// Sends a message to the broker. Only between `connected` and `failed`.
  func publish(_ message: Message, token: Token)

  /// Asks the broker for the messages that arrive there. Only between `connected` and `failed`; each inlet is answered
  /// by `listening` or `notListening`.
  func listen(at inlets: [Inlet])

  /// Says goodbye; ends in `failed` with the kind `closed` once the broker has closed the connection.
  func disconnect()

  /// Drops the connection or the attempt at once. No event follows.
  func abandon()
}

/// The events that a transport reports.
package enum TransportEvent: Hashable, Sendable {
  /// The broker's name has been looked up, and the TCP connection is being made: `to 192.0.2.1`, or `over IPv6`.
  case dialling(String)
  /// The TCP connection is established. TLS and the broker's greeting are still to come.
  case dialled
  /// The broker has accepted us, and something that we publish to is not there yet. The transport tries again until
  /// `connected` or `failed`.
  case unprepared(String)
  case connected(Capabilities)
  /// The broker has answered a message, or has been sent one that it does not acknowledge.
  case acknowledged(Token, Acknowledgement)
  /// The broker takes nothing until `unblocked`, for this reason. The connection remains established.
  case blocked(String)
  case unblocked
  /// `at`: the place in the protocol's words.
  case listening(Inlet, at: String)
  /// The connection remains established.
  case notListening(Inlet, at: String, meaning: String)
  /// A message has arrived, and is already acknowledged.
  case received(Incoming)
  /// The broker seems not to support something; this attempt is made without it.
  case adapted(String)
  /// The attempt or the connection has ended.
  case failed(LinkFailure)
}

/// The limits and abilities of a broker, as it stated them when it accepted us.
package struct Capabilities: Hashable, Sendable {
  /// How many unacknowledged messages it takes at a time; nil: any number.
  package var window: Int?
  /// The largest payload that it takes, in bytes; nil: any.
  package var largestPayload: Int?
  /// It acknowledges what it takes, if that is wanted.
  package var isAcknowledging: Bool
  /// It keeps the last state for whoever asks later.
  package var keepsState: Bool

  package init(
    window: Int? = nil, largestPayload: Int? = nil, isAcknowledging: Bool = true, keepsState: Bool = true
  ) {
    self.window = window
    self.largestPayload = largestPayload
    self.isAcknowledging = isAcknowledging
    self.keepsState = keepsState
  }
}
