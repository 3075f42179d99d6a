import CMosquitto
import Glibc
import Uplink

extension MosquittoHandle {
  /// Gives a handle the properties of its CONNECT; only for MQTT 5. There is no asynchronous connect that takes them.
  /// The blocking one stores them before it refuses the port, and the next connect sends them. Any other return code
  /// means that it did not get that far: the connection would go without them, and nobody would notice.
  static func setConnectProperties(
    _ handle: OpaquePointer, host: String, keepAlive: Int32, _ add: (inout OpaquePointer?) -> Int32
  ) throws(MosquittoFailure) {
    var properties: OpaquePointer?
    defer { mosquitto_property_free_all(&properties) }
    try check("properties", add(&properties))
    let code = mosquitto_connect_bind_v5(handle, host, -1, keepAlive, nil, properties)
    let errnoValue = errno
    guard code != Int32(MOSQ_ERR_INVAL.rawValue) else { return }
    throw Reasons.failure("properties of the connection", code, errnoValue: errnoValue, complaint: nil)
  }
}
