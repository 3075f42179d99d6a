import CMosquitto

/// The news of a CONNACK that accepts us, above all the limits that the broker reports about itself (MQTT 5.0,
/// 3.2.2.3). The library observes the packet size without our help, and the keep-alive when it is called often enough.
struct Connack {
  /// The broker still had our session.
  var hasSession = false
  /// How many unacknowledged messages of QoS 1 and 2 the broker takes; nil: no limit given.
  var receiveMaximum: Int?
  var maximumQoS: Int32 = 2
  var mayRetain = true
  /// The largest packet that the broker takes, in bytes; nil: any.
  var maximumPacket: Int?
  var hasSharedSubscriptions = true
  var hasWildcards = true
  /// How long the broker keeps the session while we are away; nil: as long as we asked for.
  var sessionExpiry: Duration?
  /// The broker's keep-alive, which replaces ours; nil: it wants none, or accepts ours.
  var keepAlive: Duration?

  init() {}

  init(flags: Int32, _ properties: OpaquePointer?) {
    // Bit 0: session present.
    hasSession = flags & 1 != 0
    var maximum: UInt16 = 0
    if mosquitto_property_read_int16(properties, Int32(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), &maximum, false) != nil {
      receiveMaximum = Int(maximum)
    }
    var byte: UInt8 = 0
    if mosquitto_property_read_byte(properties, Int32(MQTT_PROP_MAXIMUM_QOS.rawValue), &byte, false) != nil {
      maximumQoS = Int32(byte)
    }
    if mosquitto_property_read_byte(properties, Int32(MQTT_PROP_RETAIN_AVAILABLE.rawValue), &byte, false) != nil {
      mayRetain = byte != 0
    }
    if mosquitto_property_read_byte(properties, Int32(MQTT_PROP_SHARED_SUB_AVAILABLE.rawValue), &byte, false) != nil {
      hasSharedSubscriptions = byte != 0
    }
    if mosquitto_property_read_byte(properties, Int32(MQTT_PROP_WILDCARD_SUB_AVAILABLE.rawValue), &byte, false) != nil {
      hasWildcards = byte != 0
    }
    var expiry: UInt32 = 0
    if mosquitto_property_read_int32(
      properties, Int32(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), &expiry, false) != nil
    {
      sessionExpiry = .seconds(Int(expiry))
    }
    var size: UInt32 = 0
    if mosquitto_property_read_int32(properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), &size, false) != nil {
      maximumPacket = Int(size)
    }
    var seconds: UInt16 = 0
    if mosquitto_property_read_int16(properties, Int32(MQTT_PROP_SERVER_KEEP_ALIVE.rawValue), &seconds, false) != nil {
      // 0 switches the keep-alive off; we then call the library at our own interval.
      keepAlive = seconds == 0 ? nil : .seconds(Int(seconds))
    }
  }
}
