import CMosquitto
import Messages

/// The properties of a message in the library's form; the library copies them when it publishes.
final class PropertyList {
  private(set) var list: OpaquePointer?

  /// Nil if there are no properties that the library takes.
  init?(_ message: Message) {
    if let expiry = message.expiry {
      let seconds = UInt32(clamping: expiry.components.seconds)
      mosquitto_property_add_int32(&list, Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue), seconds)
    }
    if let type = message.contentType {
      mosquitto_property_add_string(&list, Int32(MQTT_PROP_CONTENT_TYPE.rawValue), type)
    }
    for header in message.headers {
      mosquitto_property_add_string_pair(
        &list, Int32(MQTT_PROP_USER_PROPERTY.rawValue), header.name, header.value)
    }
    if let correlation = message.correlation {
      mosquitto_property_add_binary(
        &list, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), correlation, UInt16(clamping: correlation.count))
    }
    if list == nil { return nil }
  }

  deinit { mosquitto_property_free_all(&list) }
}
