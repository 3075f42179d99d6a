import CMosquitto
import Glibc
import Uplink

extension Incoming {
  /// Nobody sends longer ones who means us: of such only the beginning is kept, which is no command.
  private static let longest = FlatJSON.longest + 1

  /// A copy: message and properties live as long as the callback.
  init(_ message: mosquitto_message, _ properties: OpaquePointer?) {
    let count = min(Int(message.payloadlen), Self.longest)
    let payload = message.payload.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: count)) } ?? []
    var topic: UnsafeMutablePointer<CChar>?
    _ = mosquitto_property_read_string(properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), &topic, false)
    var data: UnsafeMutableRawPointer?
    var size: UInt16 = 0
    _ = mosquitto_property_read_binary(properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), &data, &size, false)
    defer {
      free(topic)
      free(data)
    }
    self.init(
      topic: message.topic.map { String(cString: $0) } ?? "", payload: payload, isRetained: message.retain,
      responseTopic: topic.map { String(cString: $0) },
      correlation: data.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: Int(size))) })
  }
}
