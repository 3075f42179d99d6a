import CMosquitto

/// Collects what the callbacks of a subscriber's handle see, as `CallbackSink` does for a publisher's.
final class SubscriptionSink {
  enum Note {
    case connected(reason: Int32, hasSession: Bool, ConnackProperties)
    case disconnected(reason: Int32)
    /// SUBACK: the QoS granted, or the reason of the refusal.
    case subscribed(Int32)
    case received(ReceivedMessage)
  }

  fileprivate var notes: [Note] = []
  fileprivate(set) var complaint: LibraryDiagnostics

  init(usesTLS: Bool) { complaint = LibraryDiagnostics(usesTLS: usesTLS) }

  func take() -> [Note] {
    defer { notes = [] }
    return notes
  }

  static func attach(to handle: OpaquePointer) {
    mosquitto_connect_v5_callback_set(handle) { _, context, reason, flags, properties in
      if reason == 0 { sink(context)?.complaint.isUp = true }
      // Bit 0 of CONNACK's flags: session present.
      sink(context)?.notes.append(.connected(reason: reason, hasSession: flags & 1 != 0, ConnackProperties(properties)))
    }
    mosquitto_disconnect_v5_callback_set(handle) { _, context, reason, _ in
      sink(context)?.notes.append(.disconnected(reason: reason))
    }
    mosquitto_subscribe_v5_callback_set(handle) { _, context, _, count, granted, _ in
      guard count > 0, let granted else { return }
      sink(context)?.notes.append(.subscribed(granted[0]))
    }
    mosquitto_message_v5_callback_set(handle) { _, context, message, _ in
      // Topic and payload are freed when the callback returns.
      guard let message = message?.pointee else { return }
      let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
      sink(context)?.notes.append(
        .received(
          ReceivedMessage(topic: String(cString: message.topic), payload: Array(payload), isRetained: message.retain)))
    }
    mosquitto_log_callback_set(handle) { handle, context, level, text in
      guard level & Int32(MOSQ_LOG_ERR | MOSQ_LOG_WARNING) != 0, let text else { return }
      sink(context)?.complaint.add(String(cString: text), PeerVerification.ofSession(of: handle))
    }
  }
}

private func sink(_ context: UnsafeMutableRawPointer?) -> SubscriptionSink? {
  context.map { Unmanaged<SubscriptionSink>.fromOpaque($0).takeUnretainedValue() }
}
