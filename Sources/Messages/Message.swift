/// One MQTT message.
package struct Message: Hashable, Sendable {
  package let topic: String
  package let payload: [UInt8]
  package let isRetained: Bool
  /// Sent with MQTT 5 only.
  package let properties: MessageProperties?

  package init(topic: String, payload: [UInt8], isRetained: Bool, properties: MessageProperties? = nil) {
    self.topic = topic
    self.payload = payload
    self.isRetained = isRetained
    self.properties = properties
  }
}

/// MQTT 5 properties, sent beside the payload.
package struct MessageProperties: Hashable, Sendable {
  /// After this time the broker no longer delivers the message; in whole seconds.
  package var expiry: Duration?
  package var contentType: String?
  package var user: [UserProperty] = []
  /// The correlation data of the request, if the message is an answer.
  package var correlation: [UInt8]?

  package struct UserProperty: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init() {}
}
