import CMosquitto
import Glibc
import Uplink

/// Collects what libmosquitto's callbacks see. They run inside calls of the library, and must not call it again. So
/// they only take notes, and the notes are read when the call has returned.
final class CallbackSink {
  enum Note {
    case connected(reason: Int32, ConnackProperties)
    case disconnected(reason: Int32)
    case published(message: Int32, reason: Int32)
    /// SUBACK: the QoS granted, or the reason of the refusal.
    case subscribed(message: Int32, answer: Int32)
    case received(Incoming)
  }

  /// Largest number of messages taken from one call of the library; more are dropped, as `CommandGate` would.
  private static let messageLimit = 32

  fileprivate var notes: [Note] = []
  /// The lines that the library has written to its log.
  fileprivate(set) var complaint: LibraryDiagnostics

  init(usesTLS: Bool) { complaint = LibraryDiagnostics(usesTLS: usesTLS) }

  private var messages = 0
  /// PUBLISH packets received since the library last had nothing to write. Each one with QoS 1 needs an answer, which
  /// waits in memory.
  private(set) var unanswered = 0
  /// A PUBACK has been received.
  private(set) var hasPuback = false
  /// A message with QoS 2 has been received, though we ask for QoS 1 at most: the library would keep it until the
  /// broker releases it.
  private(set) var hasQoS2 = false

  func take() -> [Note] {
    defer { (notes, messages) = ([], 0) }
    return notes
  }

  /// The library has written everything.
  func written() { unanswered = 0 }

  /// Examines a line of the library's log. It writes one for each packet: `Client x received PUBLISH (d0, q1, r0, m1,
  /// 'topic', ... (5 bytes))`.
  fileprivate func received(_ line: UnsafePointer<CChar>) {
    // PUBLISH is checked first: its topic may contain any text.
    guard let publish = strstr(line, " received PUBLISH (") else {
      if strstr(line, " received PUBACK ") != nil { hasPuback = true }
      return
    }
    let flags = String(decoding: UnsafeRawBufferPointer(start: publish, count: min(30, strlen(publish))), as: UTF8.self)
    if !flags.hasPrefix(" received PUBLISH (d0, q0,") { unanswered += 1 }
    if flags.hasPrefix(" received PUBLISH (d0, q2,") || flags.hasPrefix(" received PUBLISH (d1, q2,") { hasQoS2 = true }
  }

  fileprivate func receive(_ message: mosquitto_message, _ properties: OpaquePointer?) {
    guard messages < Self.messageLimit else { return }
    messages += 1
    notes.append(.received(Incoming(message, properties)))
  }

  /// Sets the callbacks of `handle`, which was made with this sink as its context.
  static func attach(to handle: OpaquePointer) {
    // The _v5 callbacks are called for MQTT 3.1.1 too, and only they carry the reason of a PUBACK.
    mosquitto_connect_v5_callback_set(handle) { _, context, reason, _, properties in
      if reason == 0 { sink(context)?.complaint.isUp = true }
      sink(context)?.notes.append(.connected(reason: reason, ConnackProperties(properties)))
    }
    mosquitto_disconnect_v5_callback_set(handle) { _, context, reason, _ in
      sink(context)?.notes.append(.disconnected(reason: reason))
    }
    mosquitto_publish_v5_callback_set(handle) { _, context, message, reason, _ in
      sink(context)?.notes.append(.published(message: message, reason: reason))
    }
    mosquitto_subscribe_v5_callback_set(handle) { _, context, message, count, granted, _ in
      guard count > 0, let granted else { return }
      sink(context)?.notes.append(.subscribed(message: message, answer: granted[0]))
    }
    mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
      guard let message = message?.pointee else { return }
      sink(context)?.receive(message, properties)
    }
    mosquitto_log_callback_set(handle) { handle, context, level, text in
      guard let text else { return }
      if level == Int32(MOSQ_LOG_DEBUG) { sink(context)?.received(text) }
      guard level & Int32(MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0 else { return }
      sink(context)?.complaint.add(String(cString: text), PeerVerification.ofSession(of: handle))
    }
  }
}

/// A file-level function: a C function pointer cannot capture the type.
private func sink(_ context: UnsafeMutableRawPointer?) -> CallbackSink? {
  context.map { Unmanaged<CallbackSink>.fromOpaque($0).takeUnretainedValue() }
}
