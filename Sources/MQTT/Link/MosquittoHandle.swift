import CMosquitto
import Glibc
import Messages

/// Makes libmosquitto handles. Every attempt to connect gets a fresh one, so that no queue, message number or TLS state
/// of an earlier connection can come back.
enum MosquittoHandle {
  /// Initialises the library, which has to be done first, and only once.
  private static let library: Void = { _ = mosquitto_lib_init() }()

  /// `will`: published by the broker when it loses us without a DISCONNECT.
  static func make(
    _ options: MosquittoOptions, _ topics: TopicBook, will: Message, _ sink: CallbackSink
  ) throws(MosquittoFailure) -> OpaquePointer {
    let handle = try make(
      options, cleanStart: true, context: Unmanaged.passUnretained(sink).toOpaque(), attach: CallbackSink.attach)
    let isRetained = topics.isRetained(will.address) && options.willIsRetained
    do throws(MosquittoFailure) {
      try check(
        "last will",
        mosquitto_will_set(
          handle, topics.place(of: will.address), Int32(will.payload.count), will.payload, options.willQoS,
          isRetained))
    } catch {
      mosquitto_destroy(handle)
      throw error
    }
    return handle
  }

  /// `attach` sets the callbacks, which are called with `context`.
  static func make(
    _ options: MosquittoOptions, cleanStart: Bool, context: UnsafeMutableRawPointer, attach: (OpaquePointer) -> Void
  ) throws(MosquittoFailure) -> OpaquePointer {
    _ = library
    guard let handle = mosquitto_new(options.clientID, cleanStart, context) else {
      throw Reasons.failure("mosquitto_new", Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: errno, complaint: nil)
    }
    attach(handle)
    do throws(MosquittoFailure) {
      try configure(handle, options)
    } catch {
      mosquitto_destroy(handle)
      throw error
    }
    return handle
  }

  private static func configure(_ handle: OpaquePointer, _ options: MosquittoOptions) throws(MosquittoFailure) {
    let version = options.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
    try check("protocol version", mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version))
    // Nagle's algorithm would hold the second of two small messages back until the first is acknowledged: 40 ms.
    try check("TCP_NODELAY", mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1))
    // The courier has the window; the library must not queue.
    try check("in-flight limit", mosquitto_max_inflight_messages_set(handle, 0))
    if let username = options.username {
      try check("user name", mosquitto_username_pw_set(handle, username, options.password))
    }
    if let tls = options.tls { try MosquittoTLS.configure(handle, tls) }
  }

  static func check(_ operation: String, _ code: Int32) throws(MosquittoFailure) {
    let errnoValue = errno
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return }
    throw Reasons.failure(operation, code, errnoValue: errnoValue, complaint: nil)
  }
}
