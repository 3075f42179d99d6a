import CMosquitto

/// What a broker says of itself with its CONNACK (MQTT 5.0, 3.2.2.3). The library keeps to the packet size by
/// itself, and to the keep-alive when it is called often enough.
struct ConnackProperties {
  /// Messages of QoS 1 and 2 that it takes unacknowledged; nil: as many as there are.
  var receiveMaximum: Int?
  var maximumQoS: Int32 = 2
  var mayRetain = true
  /// The largest packet that it takes, in bytes; nil: any.
  var maximumPacket: Int?
  var hasSharedSubscriptions = true
  var hasWildcards = true
  /// How long it keeps the session while we are away, when that is not what we have asked for.
  var sessionExpiry: Duration?
  /// Its keep-alive, in the place of ours; nil: it wants none, or none but ours.
  var keepAlive: Duration?

  init() {}

  init(_ properties: OpaquePointer?) {
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
      // 0 switches it off; the library is looked after at our own pace then.
      keepAlive = seconds == 0 ? nil : .seconds(Int(seconds))
    }
  }
}
