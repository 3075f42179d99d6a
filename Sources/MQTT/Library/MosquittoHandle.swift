import CMosquitto
import Glibc

/// A libmosquitto handle with its callbacks. Every attempt to connect gets a fresh one, so that no queue, message number
/// or TLS state of an earlier connection can come back.
final class MosquittoHandle {
  /// Initialises the library, which has to be done first, and only once.
  private static let library: Void = { _ = mosquitto_lib_init() }()

  let pointer: OpaquePointer
  let sink: CallbackSink

  init(_ request: LinkRequest, _ role: LinkRole) throws(MosquittoFailure) {
    _ = Self.library
    let options = request.options
    let wantsQoS2 = role == .subscriber && options.qos == 2
    sink = CallbackSink(usesTLS: options.tls != nil, Intake(role, wantsQoS2: wantsQoS2))
    let context = Unmanaged.passUnretained(sink).toOpaque()
    guard let pointer = mosquitto_new(options.clientID, !request.resumes, context) else {
      throw Reasons.failure("mosquitto_new", Int32(MOSQ_ERR_ERRNO.rawValue), errnoValue: errno, complaint: nil)
    }
    self.pointer = pointer
    CallbackSink.attach(to: pointer)
    try configure(options)
    // By itself the library writes a PUBACK before it even calls back: a process that is killed in between has lost a
    // message. Like this it queues what it has to send until it is told to write.
    if role == .subscriber { try Self.check("threads", mosquitto_threaded_set(pointer, true)) }
    if let will = request.will { try leave(will) }
  }

  deinit { mosquitto_destroy(pointer) }

  private func configure(_ options: MosquittoOptions) throws(MosquittoFailure) {
    let version = options.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
    try Self.check("protocol version", mosquitto_int_option(pointer, MOSQ_OPT_PROTOCOL_VERSION, version))
    // Nagle's algorithm would hold the second of two small messages back until the first is acknowledged: 40 ms.
    try Self.check("TCP_NODELAY", mosquitto_int_option(pointer, MOSQ_OPT_TCP_NODELAY, 1))
    // The courier has the window; the library must not queue.
    try Self.check("in-flight limit", mosquitto_max_inflight_messages_set(pointer, 0))
    if let username = options.username {
      try Self.check("user name", mosquitto_username_pw_set(pointer, username, options.password))
    }
    if let tls = options.tls { try MosquittoTLS.configure(pointer, tls) }
  }

  private func leave(_ will: LinkRequest.Will) throws(MosquittoFailure) {
    try Self.check(
      "last will",
      mosquitto_will_set(
        pointer, will.topic, Int32(clamping: will.payload.count), will.payload, will.qos, will.isRetained))
  }

  /// The library has something to write.
  var wantsToWrite: Bool { mosquitto_want_write(pointer) }

  static func check(_ operation: String, _ code: Int32) throws(MosquittoFailure) {
    let errnoValue = errno
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return }
    throw Reasons.failure(operation, code, errnoValue: errnoValue, complaint: nil)
  }
}
