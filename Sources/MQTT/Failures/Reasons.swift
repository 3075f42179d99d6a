import CMosquitto
import Glibc
import Uplink

/// Translates libmosquitto's numbers.
enum Reasons {
  /// The failure behind a return code of the library. `errnoValue`: `errno` taken right after the call. `isAnswer`: the
  /// code resulted from the first bytes that the broker sent.
  static func failure(
    _ operation: String, _ code: Int32, errnoValue: Int32, complaint: LibraryDiagnostics?, isAnswer: Bool = false
  ) -> MosquittoFailure {
    if let fault = complaint?.tlsFault(code, errnoValue: errnoValue) {
      return .library(operation: "TLS", code: code, detail: fault)
    }
    if isAnswer, isNonsense(code, errnoValue) {
      return .notMQTT("its answer makes no sense; is this the broker's port?")
    }
    var detail =
      code == Int32(MOSQ_ERR_ERRNO.rawValue) && errnoValue != 0
      ? String(cString: strerror(errnoValue)) : meaning(ofCode: code)
    if let complaint, !complaint.isUp, isEnd(code, errnoValue) {
      detail += " before it had answered" + (complaint.usesTLS ? "" : "; a port for TLS does that, and wants mqtts://")
    }
    if let line = complaint?.lines.last { detail += "; " + line }
    return .library(operation: operation, code: code, detail: detail)
  }

  static func failure(
    _ operation: String, _ result: LibraryResult, complaint: LibraryDiagnostics?, isAnswer: Bool = false
  ) -> MosquittoFailure {
    failure(operation, result.code, errnoValue: result.errnoValue, complaint: complaint, isAnswer: isAnswer)
  }

  /// libmosquitto 2.0.11 has no text for some of its own codes.
  private static func meaning(ofCode code: Int32) -> String {
    switch code {
    case Int32(MOSQ_ERR_KEEPALIVE.rawValue): "no answer to a ping"
    case Int32(MOSQ_ERR_CONN_LOST.rawValue): "the connection was closed by the other side"
    case Int32(MOSQ_ERR_EAI.rawValue): "the broker's name could not be looked up"
    case Int32(MOSQ_ERR_ERRNO.rawValue): "the library gave up without a reason"
    case Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue): "a packet that makes no sense"
    case Int32(MOSQ_ERR_NOMEM.rawValue):
      "out of memory, or the broker announced a packet that is larger than anything expected of it"
    case Int32(MOSQ_ERR_INVAL.rawValue):
      "refused by libmosquitto: a certificate or key file that is missing or unreadable?"
    default: String(cString: mosquitto_strerror(code))
    }
  }

  /// The other side has merely ended the connection.
  static func isEnd(_ code: Int32, _ errnoValue: Int32) -> Bool {
    code == Int32(MOSQ_ERR_CONN_LOST.rawValue)
      || code == Int32(MOSQ_ERR_ERRNO.rawValue) && [ECONNRESET, EPIPE, EPROTO].contains(errnoValue)
  }

  /// Whether the code results from bytes that are not MQTT, when the broker should have answered our CONNECT.
  static func isNonsense(_ code: Int32, _ errnoValue: Int32) -> Bool {
    switch code {
    // Not "malformed": 2.0.21 says that of a CONNACK of 3.1.1.
    case Int32(MOSQ_ERR_PROTOCOL.rawValue): true
    case Int32(MOSQ_ERR_ERRNO.rawValue): errnoValue == 0
    default: false
    }
  }

  /// The failure behind a CONNACK that refuses us.
  static func refusal(_ reason: Int32, version: MosquittoOptions.Version) -> MosquittoFailure {
    let words = version == .v5 ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason)
    return .broker(reason: reason, meaning: words.map { String(cString: $0) } ?? "no")
  }

  /// Reasons above 127 come from the broker, those below from the library.
  static func disconnection(_ reason: Int32, errnoValue: Int32, complaint: LibraryDiagnostics?) -> MosquittoFailure {
    switch reason {
    case 0: .closed
    case 128...: .broker(reason: reason, meaning: String(cString: mosquitto_reason_string(reason)))
    default: failure("connection", reason, errnoValue: errnoValue, complaint: complaint)
    }
  }

  /// The library's objection to a message, as the reason that a broker would give; nil: none.
  static func unfit(_ code: Int32) -> Acknowledgement? {
    switch code {
    case Int32(MOSQ_ERR_OVERSIZE_PACKET.rawValue): .refused(refusal(0x95, "larger than the broker takes"))
    case Int32(MOSQ_ERR_PAYLOAD_SIZE.rawValue): .refused(refusal(0x95, "larger than MQTT allows"))
    case Int32(MOSQ_ERR_INVAL.rawValue), Int32(MOSQ_ERR_MALFORMED_UTF8.rawValue):
      .refused(refusal(0x90, "not a topic to publish to"))
    default: nil
    }
  }

  /// The library's objection to the properties of a message, as the reason that a broker would give; nil: none.
  static func unfit(properties code: Int32) -> Acknowledgement? {
    guard code != Int32(MOSQ_ERR_SUCCESS.rawValue) else { return nil }
    // 0x99 is for content. Without memory the message is sent again later.
    return .refused(
      code == Int32(MOSQ_ERR_NOMEM.rawValue)
        ? refusal(0x97, "out of memory") : refusal(0x99, "a header or the content type is not valid text for MQTT"))
  }

  /// The library has found an error in what the broker sent.
  static func isProtocolError(_ failure: MosquittoFailure) -> Bool {
    guard case .library(_, let code, _) = failure else { return false }
    return code == Int32(MOSQ_ERR_PROTOCOL.rawValue)
  }

  /// Whether this answer to a CONNECT of MQTT 5 means that the broker supports only an older version. 2.0.21 reports
  /// the CONNACK of an older version as malformed.
  static func knowsNoVersion5(_ failure: MosquittoFailure) -> Bool {
    switch failure {
    case .broker(reason: 0x84, _): true
    case .library(_, let code, _): code == Int32(MOSQ_ERR_MALFORMED_PACKET.rawValue)
    case .broker, .closed, .credentialsReplaced, .askingAnew, .adapted, .notMQTT: false
    }
  }

  /// `answer`: a granted QoS, or the reason of the refusal.
  static func subscription(_ inlet: Inlet, _ filter: String, _ answer: Int32) -> TransportEvent {
    guard answer >= 128 else { return .listening(inlet, at: filter) }
    return .notListening(inlet, at: filter, meaning: String(cString: mosquitto_reason_string(answer)))
  }

  static func acknowledgement(_ reason: Int32) -> Acknowledgement {
    // 0x10, no matching subscribers, is a success. A code unknown to the standard is not: the message is sent again.
    guard reason != 0, reason != 0x10 else { return .accepted }
    return .refused(refusal(UInt8(clamping: reason), String(cString: mosquitto_reason_string(reason))))
  }

  /// `reason`: reason code of a PUBACK or PUBREC (MQTT 5.0, 3.4.2.1).
  private static func refusal(_ reason: UInt8, _ meaning: String) -> Refusal {
    let kind: Refusal.Kind =
      switch reason {
      case 0x87: .denied
      case 0x95: .tooLarge
      // Topic name invalid, payload format invalid, QoS not supported.
      case 0x90, 0x99, 0x9B: .never
      default: .later
      }
    return Refusal(kind, code: .init(Int(reason), text: "0x\(String(reason, radix: 16))"), meaning: meaning)
  }
}
