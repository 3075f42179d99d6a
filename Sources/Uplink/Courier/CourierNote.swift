import Telemetry

/// The events of the uplink that a person should know about.
package enum CourierNote: Hashable, Sendable {
  case connected(broker: Int)
  /// This broker acknowledges nothing, though acknowledgements are wanted. Messages lost on the way stay lost.
  case unacknowledged(broker: Int)
  /// This broker keeps no state for whoever asks later.
  case stateNotKept(broker: Int)
  case couldNotConnect(Cause, broker: Int, retryIn: Duration)
  /// `inFlight` messages were in flight; they will be sent again.
  case lostConnection(Cause, broker: Int, inFlight: Int, retryIn: Duration)
  /// The broker refused a message for now: nothing is sent for a while.
  case postponed(Refused, retryIn: Duration)
  /// The broker does not allow a message: its stream waits, other streams go on.
  case denied(Refused, retryIn: Duration)
  /// The gateway's state was refused; it is published again later.
  case stateRefused(Refused)
  /// Several connections have broken off at the same message. Messages go one at a time until the poison message is
  /// found.
  case suspicious
  /// The connection breaks off whenever a message of this stream is sent: the stream waits, others go on.
  case breaksOff(stream: String, retryIn: Duration)
  /// The connection breaks off at the state of the device or at its subscriptions: both are left out for `retryIn`.
  case greetingBreaksOff(retryIn: Duration)
  /// The broker will never take a message: its readings became dead letters.
  case rejected(Refused)
  /// The broker will never take a gap: it is kept, and nothing else waits for it.
  case gapRefused(Refused, retryIn: Duration)
  /// Nothing was acknowledged on several connections in a row: from now on messages go one at a time.
  case narrowed
  /// A message of this stream is not answered even when it alone is in flight: the stream waits, others go on.
  case unanswered(stream: String, retryIn: Duration)
  /// The state of the device and its subscriptions are not answered either: both are left out for `retryIn`.
  case greetingUnanswered(retryIn: Duration)
  /// This many connections in a row have ended within this time from their start.
  case flapping(connections: Int, within: Duration)
  /// The broker does not support something; the next attempt is made without it.
  case adapted(String, broker: Int)
  /// Connected, and what we publish to is not there yet: nothing is sent.
  case unprepared(String, broker: Int)
  /// The broker takes nothing for now, for this reason; the connection remains.
  case blocked(String, broker: Int)
  case unblocked(broker: Int)

  package enum Cause: Hashable, Sendable {
    case failure(LinkFailure)
    /// `way`: as the transport reported it.
    case noConnection(way: String, after: Duration)
    case noAnswer(after: Duration)
    case noAcknowledgement(after: Duration)
  }

  package struct Refused: Hashable, Sendable, CustomStringConvertible {
    /// The stream of the message: a sensor, or that of the events.
    package let stream: String
    package let refusal: Refusal

    package var description: String { "the broker refused a message of \(stream): \(refusal)" }
  }
}

extension CourierNote.Cause: CustomStringConvertible {
  package var description: String {
    switch self {
    case .failure(let failure): "\(failure)"
    case .noConnection(let way, let limit): "no TCP connection \(way) within \(brief(limit))"
    case .noAnswer(let limit):
      "no answer within \(brief(limit)), though the TCP connection stands: what is there may be no broker, but a web server, a "
        + "network's login page, or a port for TLS"
    case .noAcknowledgement(let limit): "no acknowledgement within \(brief(limit))"
    }
  }
}
