import CMosquitto
import Glibc
import Uplink

/// Collects what libmosquitto's callbacks see. They run inside calls of the library, and must not call it again. So
/// they only take notes, and the notes are read when the call has returned.
final class CallbackSink {
  enum Note {
    case connected(reason: Int32, Connack)
    case disconnected(reason: Int32, errnoValue: Int32)
    case published(message: Int32, reason: Int32)
    /// SUBACK: the QoS granted, or the reason of the refusal.
    case subscribed(message: Int32, answer: Int32)
    case received(Incoming)
  }

  private var notes: [Note] = []
  private var nextNote = 0
  /// The lines that the library has written to its log.
  fileprivate(set) var complaint: LibraryDiagnostics
  var intake: Intake

  init(usesTLS: Bool, _ intake: Intake) {
    complaint = LibraryDiagnostics(usesTLS: usesTLS)
    self.intake = intake
  }

  /// Takes the oldest note; nil: there are no more.
  func next() -> Note? {
    guard nextNote < notes.count else {
      notes = []
      nextNote = 0
      intake.begin()
      return nil
    }
    nextNote += 1
    return notes[nextNote - 1]
  }

  fileprivate func add(_ note: Note) { notes.append(note) }

  fileprivate func receive(_ message: mosquitto_message, _ properties: OpaquePointer?) {
    guard let limit = intake.admit(Int(message.payloadlen), largestCommand: Incoming.limit) else { return }
    notes.append(.received(Incoming(message, properties, upTo: limit)))
  }

  /// Sets the callbacks of `handle`, which was made with this sink as its context.
  static func attach(to handle: OpaquePointer) {
    // The _v5 callbacks are called for MQTT 3.1.1 too, and only they carry the reason of a PUBACK.
    mosquitto_connect_v5_callback_set(handle) { _, context, reason, flags, properties in
      if reason == 0 { sink(context)?.complaint.isUp = true }
      sink(context)?.add(.connected(reason: reason, Connack(flags: flags, properties)))
    }
    mosquitto_disconnect_v5_callback_set(handle) { _, context, reason, _ in
      let errnoValue = errno
      sink(context)?.add(.disconnected(reason: reason, errnoValue: errnoValue))
    }
    mosquitto_publish_v5_callback_set(handle) { _, context, message, reason, _ in
      sink(context)?.add(.published(message: message, reason: reason))
    }
    mosquitto_subscribe_v5_callback_set(handle) { _, context, message, count, granted, _ in
      guard count > 0, let granted else { return }
      sink(context)?.add(.subscribed(message: message, answer: granted[0]))
    }
    mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
      guard let message = message?.pointee else { return }
      sink(context)?.receive(message, properties)
    }
    mosquitto_log_callback_set(handle) { handle, context, level, text in
      guard let text else { return }
      if level == Int32(MOSQ_LOG_DEBUG) { sink(context)?.intake.received(text) }
      guard level & Int32(MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0 else { return }
      sink(context)?.complaint.add(String(cString: text), PeerVerification.ofSession(of: handle))
    }
  }
}

/// A file-level function: a C function pointer cannot capture the type.
private func sink(_ context: UnsafeMutableRawPointer?) -> CallbackSink? {
  context.map { Unmanaged<CallbackSink>.fromOpaque($0).takeUnretainedValue() }
}
