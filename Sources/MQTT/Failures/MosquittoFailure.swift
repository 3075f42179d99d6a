import Uplink

/// Why there is no connection, with the library's and the protocol's numbers. `linkFailure` is what it means.
enum MosquittoFailure: Error, Hashable, Sendable {
  /// The connection was closed without an error: after our own DISCONNECT, or by one of the broker with reason 0.
  case closed
  /// We disconnected, to connect again with the certificates that are there now.
  case credentialsReplaced
  /// We disconnected, to ask the broker again for what it could not do earlier.
  case askingAnew
  /// The library or the system refused: its code and its message.
  case library(operation: String, code: Int32, detail: String)
  /// A CONNACK or DISCONNECT with a reason.
  case broker(reason: Int32, meaning: String)
  /// The broker does not support something; from now on we do without it.
  case adapted(String)
  /// The other side is not a broker. The text names the kind of server that it seems to be.
  case notMQTT(String)

  var linkFailure: LinkFailure { LinkFailure(kind, words) }

  private var kind: LinkFailure.Kind {
    switch self {
    case .closed: .closed
    case .credentialsReplaced, .askingAnew: .planned
    case .library: .broken
    case .broker(let reason, _): Self.kind(of: reason)
    case .adapted: .adapted
    case .notMQTT: .stranger
    }
  }

  /// Reasons of MQTT 5 (MQTT 5.0, 3.2.2.2 and 3.14.2.1), and the codes of a CONNACK of MQTT 3.1.1 (3.2.2.3).
  private static func kind(of reason: Int32) -> LinkFailure.Kind {
    switch reason {
    // Server busy, server shutting down, keep alive timeout, administrative action.
    case 0x89, 0x8B, 0x8D, 0x98: .busy
    case 0x8E: .takenOver
    // Client identifier, user name or password, not authorized, banned, bad authentication method.
    case 0x85, 0x86, 0x87, 0x8A, 0x8C, 2, 4, 5: .denied
    default: .refused
    }
  }

  private var words: String {
    switch self {
    case .closed: "closed"
    case .credentialsReplaced: "a certificate or key was replaced; connecting anew with it"
    case .askingAnew: "connecting anew, to ask for MQTT 5 again"
    case .library(let operation, let code, let detail): "\(operation): \(detail) (code \(code))"
    case .broker(let reason, let meaning): "the broker said \(meaning) (reason \(reason))"
    case .adapted(let how): how
    case .notMQTT(let what): "what answers there does not speak MQTT: \(what)"
    }
  }
}
