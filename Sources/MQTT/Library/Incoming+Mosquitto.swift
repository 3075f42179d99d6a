import CMosquitto
import Glibc
import Uplink

extension Incoming {
  /// Copies the message, within the limits: the library frees it when the callback returns. `largest`: size of the
  /// largest payload to copy.
  init(_ message: mosquitto_message, _ properties: OpaquePointer?, upTo largest: Int) {
    let size = Int(message.payloadlen)
    let payload = UnsafeRawBufferPointer(start: message.payload, count: size <= largest ? size : 0)
    let topic = MessageProperty.responseTopic(properties)
    let correlation = MessageProperty.correlation(properties)
    let isAnswerable = max(topic?.utf8.count ?? 0, correlation?.count ?? 0) <= Self.limit
    self.init(
      place: String(cString: message.topic), size: size, payload: Array(payload), wasKept: message.retain,
      reply: isAnswerable ? Reply(address: topic, correlation: correlation) : nil)
  }

  /// With an objection if no answer may go to the response topic.
  func judged(by topics: TopicBook) -> Incoming {
    guard let topic = reply?.address, let objection = topics.objection(to: topic) else { return self }
    let reply = Reply(address: topic, objection: objection, correlation: reply?.correlation)
    return Incoming(place: place, size: size, payload: payload, wasKept: wasKept, reply: reply)
  }
}

/// Reads properties. The library returns copies, which we have to free.
private enum MessageProperty {
  static func responseTopic(_ properties: OpaquePointer?) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    mosquitto_property_read_string(properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), &text, false)
    defer { free(text) }
    return text.map { String(cString: $0) }
  }

  static func correlation(_ properties: OpaquePointer?) -> [UInt8]? {
    var bytes: UnsafeMutableRawPointer?
    var count: UInt16 = 0
    mosquitto_property_read_binary(properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), &bytes, &count, false)
    defer { free(bytes) }
    return bytes.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(count))) }
  }
}
