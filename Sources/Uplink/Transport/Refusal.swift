/// The broker's answer to a message.
package enum Acknowledgement: Hashable, Sendable {
  case accepted
  case refused(Refusal)
}

/// Why the broker does not take a message. The transport knows what its protocol's reasons mean.
package struct Refusal: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The message may be accepted later: over quota, or a problem of the broker. Everything waits, so that the order
    /// stays.
    case later
    /// The message is not allowed: somebody has to change the broker's rules. It waits with its stream, others go on.
    case denied
    /// The message will never be accepted.
    case never
    /// The message will never be accepted because of its size: a smaller one may be.
    case tooLarge
  }

  /// A protocol's number for a reason, and how its documentation writes that number.
  package struct Code: Hashable, Sendable {
    package let number: Int
    package let text: String

    package init(_ number: Int, text: String) {
      self.number = number
      self.text = text
    }
  }

  package let kind: Kind
  /// Nil: the broker has not given the reason.
  package let code: Code?
  package let meaning: String

  package init(_ kind: Kind, code: Code? = nil, meaning: String) {
    self.kind = kind
    self.code = code
    self.meaning = meaning
  }

  package var description: String { meaning + (code.map { " (reason \($0.text))" } ?? "") }
}
