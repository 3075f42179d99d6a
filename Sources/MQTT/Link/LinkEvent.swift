import Scheduling
import Uplink

/// The deliberate differences between the two links. A publisher's messages are its own, and a subscriber's are
/// another's.
enum LinkRole {
  /// The library acknowledges commands as they arrive. Unsent data are thrown away with a connection that is lost:
  /// the kernel would go on trying for minutes, and when the network is back the broker would receive them twice.
  case publisher
  /// A message is acknowledged only after its event has been dealt with. Unsent data are acknowledgements of messages
  /// that nobody needs again, so the kernel may go on trying.
  case subscriber
}

/// How far a link has come.
enum LinkPhase {
  case off
  /// The TCP connection is being made.
  case dialling
  /// TLS, CONNECT and CONNACK.
  case handshaking
  case up
  /// The DISCONNECT is being written.
  case leaving
  /// The library has closed its socket, and the broker has not yet.
  case draining
}

/// An actor that has a link. The link calls it on its loop.
protocol LinkOwner: Pinned {
  var link: MosquittoLink { get }

  /// Deals with one event. It may use the link, and even drop the connection.
  func handle(_ event: LinkEvent)
}

/// The events of a link, in the order in which they happened.
enum LinkEvent {
  /// The TCP connection is being made: `to 192.0.2.1`, or `over IPv6`.
  case dialling(String)
  /// The TCP connection is established.
  case dialled
  case connected(Connack)
  /// PUBACK, PUBCOMP or a refusal; with QoS 0 the message has been written.
  case published(message: Int32, reason: Int32)
  /// SUBACK: the QoS granted, or the reason of the refusal.
  case subscribed(message: Int32, answer: Int32)
  case received(Incoming)
  /// The library has done its housekeeping: a moment to look after other things that take their time.
  case tended
  case ended(LinkEnd)
}

/// How a connection, or an attempt, has ended.
struct LinkEnd {
  /// The way in which a broker leaves a CONNECT unanswered, though it has been sent.
  enum Silence {
    /// It has closed the connection.
    case closed
    /// It has said nothing.
    case mute
  }

  let failure: MosquittoFailure
  /// The phase that ended.
  let phase: LinkPhase
  /// Nil: the CONNECT was not sent, or something has answered it.
  let silence: Silence?
  /// The broker has sent a PUBACK.
  let hadPuback: Bool
  /// How many addresses the broker's name has that can be tried one by one.
  let addresses: Int
}
