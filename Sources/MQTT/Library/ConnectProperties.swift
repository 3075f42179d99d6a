import CMosquitto

extension MosquittoHandle {
  /// Gives the handle the properties of its CONNECT, if the request has any. There is no asynchronous connect that takes
  /// them. The blocking one stores them before it refuses the port, and the next connect sends them. Any other return
  /// code means that it did not get that far: the connection would go without them, and nobody would notice.
  func setProperties(of request: LinkRequest, host: String) throws(MosquittoFailure) {
    let properties = PropertyList()
    if let size = request.largestPacket { properties.add(MQTT_PROP_MAXIMUM_PACKET_SIZE, size) }
    if let expiry = request.sessionExpiry { properties.add(MQTT_PROP_SESSION_EXPIRY_INTERVAL, expiry) }
    try Self.check("properties", properties.code)
    guard request.options.version == .v5, properties.list != nil else { return }
    let result = LibraryResult { mosquitto_connect_bind_v5(pointer, host, -1, request.keepAlive, nil, properties.list) }
    guard result.code != Int32(MOSQ_ERR_INVAL.rawValue) else { return }
    throw Reasons.failure("properties of the connection", result, complaint: nil)
  }
}
