/// Where commands arrive.
package enum Inlet: Hashable, Sendable {
  /// Commands for this device.
  case own
  /// Commands that any one member of a group takes.
  case shared
}

/// A message that has arrived, without the parts that exceed the limit.
package struct Incoming: Hashable, Sendable {
  /// Largest payload, reply address and correlation data, each in bytes.
  package static let limit = 1_024

  /// Where it arrived, in the protocol's words.
  package let place: String
  /// Size of the payload as received, in bytes.
  package let size: Int
  /// Empty if the payload exceeded the limit.
  package let payload: [UInt8]
  /// The broker had kept the message for whoever listens later: nobody has sent it now.
  package let wasKept: Bool
  /// Where to send the answer, and the correlation data to send with it. Nil if either exceeded the limit.
  package let reply: Reply?

  package struct Reply: Hashable, Sendable {
    /// The address that the sender asks for; nil: none.
    package let address: String?
    /// Why no answer may go there, in words; nil: it may.
    package let objection: String?
    package let correlation: [UInt8]?

    package init(address: String?, objection: String? = nil, correlation: [UInt8]?) {
      self.address = address
      self.objection = objection
      self.correlation = correlation
    }
  }

  package init(place: String, size: Int, payload: [UInt8], wasKept: Bool, reply: Reply?) {
    self.place = place
    self.size = size
    self.payload = payload
    self.wasKept = wasKept
    self.reply = reply
  }
}
