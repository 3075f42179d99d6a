import CMosquitto

extension MosquittoHandle {
  /// Gives a handle the properties of its CONNECT; only for MQTT 5. There is no asynchronous connect that takes them.
  /// The blocking one stores them before it refuses the port, and the next connect sends them.
  static func setConnectProperties(
    _ handle: OpaquePointer, host: String, keepAlive: Int32, _ add: (inout OpaquePointer?) -> Void
  ) {
    var properties: OpaquePointer?
    add(&properties)
    _ = mosquitto_connect_bind_v5(handle, host, -1, keepAlive, nil, properties)
    mosquitto_property_free_all(&properties)
  }
}
