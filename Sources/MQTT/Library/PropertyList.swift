import CMosquitto
import Messages

/// Properties in the library's form, which copies them when it sends a packet.
final class PropertyList {
  /// Nil: there are none.
  private(set) var list: OpaquePointer?
  /// The library's code for the first property that it has refused, or success.
  private(set) var code = Int32(MOSQ_ERR_SUCCESS.rawValue)

  init() {}

  /// The properties of a message.
  init(_ message: Message) {
    if let expiry = message.expiry {
      add(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, UInt32(clamping: expiry.components.seconds))
    }
    if let type = message.contentType {
      note(mosquitto_property_add_string(&list, Int32(MQTT_PROP_CONTENT_TYPE.rawValue), type))
    }
    for header in message.headers {
      note(
        mosquitto_property_add_string_pair(
          &list, Int32(MQTT_PROP_USER_PROPERTY.rawValue), header.name, header.value))
    }
    if let correlation = message.correlation {
      note(
        mosquitto_property_add_binary(
          &list, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), correlation, UInt16(clamping: correlation.count)))
    }
  }

  deinit { mosquitto_property_free_all(&list) }

  func add(_ property: mqtt5_property, _ number: UInt32) {
    note(mosquitto_property_add_int32(&list, Int32(property.rawValue), number))
  }

  private func note(_ code: Int32) {
    if self.code == Int32(MOSQ_ERR_SUCCESS.rawValue) { self.code = code }
  }
}
