/// Why there is no connection. The transport knows what its protocol's reasons mean.
package struct LinkFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Nothing has failed: we disconnected in order to connect again at once.
    case planned
    /// The other side closed the connection without a reason: after our goodbye, or by itself.
    case closed
    /// The connection broke, or could not be made.
    case broken
    /// The broker gave a reason that a message of ours may have caused.
    case refused
    /// The broker refuses this client: somebody has to change something, and waiting alone will hardly help.
    case denied
    /// The broker gave a reason that has nothing to do with what we sent: it is busy, or is shutting down.
    case busy
    /// Another client has connected under our name.
    case takenOver
    /// The broker does not support something; from now on we do without it.
    case adapted
    /// The other side is not a broker of this protocol.
    case stranger
  }

  package let kind: Kind
  /// The evidence, in words.
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
