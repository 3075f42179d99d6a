/// A message to the broker, in terms that every protocol has.
package struct Message: Hashable, Sendable {
  package let address: Address
  package let payload: [UInt8]
  /// After this time the broker no longer delivers the message; in whole seconds. Nil: at any time.
  package var expiry: Duration?
  package var contentType: String?
  package var headers: [Header] = []
  /// The correlation data of the request, if the message is an answer.
  package var correlation: [UInt8]?

  /// A name and a value, sent beside the payload where the protocol can do that.
  package struct Header: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(to address: Address, payload: [UInt8]) {
    self.address = address
    self.payload = payload
  }
}
