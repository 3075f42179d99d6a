/// Describes TLS failures in words that say what to do.
enum TLSDiagnosis {
  static let brokenOff =
    "the broker broke off and gave no reason: is this its port for TLS, and does it demand a client certificate, or "
    + "another one?"

  /// `clock` is the board's own date.
  static func ofVerification(_ verification: PeerVerification, clock: String) -> String {
    let certificate = "the broker's certificate"
    let today = "this board's clock says \(clock)"
    // The numbers of openssl/x509_vfy.h. 1 results from libmosquitto's own check of the name.
    switch verification.code {
    case 1, 62, 64: return "\(certificate) is for another name than the one in uplink.broker"
    case 9: return "\(certificate) is not yet valid; \(today)"
    case 10: return "\(certificate) has expired; \(today)"
    case 2, 18, 19, 20, 21: return "\(certificate) is from an unknown authority (\(verification.words))"
    default: return "\(certificate) is refused: \(verification.words)"
    }
  }

  /// Describes a file that OpenSSL could not use: libmosquitto names the file, OpenSSL the reason.
  static func ofFile(_ line: String, _ error: OpenSSLError?) -> String {
    let text = String(line.dropFirst("Error: ".count))
    let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
    return error.map { "\(sentence): \($0.words)" } ?? sentence
  }

  /// Describes a failure before the broker has accepted us.
  static func ofHandshake(_ error: OpenSSLError) -> String {
    if let alert = error.alert { return ofAlert(alert, error.words) }
    guard error.library == OpenSSLError.tls else { return error.words }
    // The reasons of openssl/sslerr.h.
    switch error.reason {
    case 258: return "the broker speaks no TLS 1.2 or newer"
    case 267: return "what answers does not speak TLS; is this the broker's port for it?"
    case 294: return "the broker broke the handshake off; is this its port for TLS?"
    default: return error.words
    }
  }

  /// Describes a failure after the broker has accepted us.
  static func ofConnection(_ error: OpenSSLError) -> String {
    error.library == OpenSSLError.tls && error.reason == 294
      ? "the connection ended without a goodbye" : error.words
  }

  /// Describes the broker's objection to us.
  private static func ofAlert(_ alert: UInt32, _ words: String) -> String {
    switch alert {
    case 40: "the broker and this board share no encryption method, or it demands a client certificate"
    case 44: "the broker refuses our certificate: it is revoked"
    case 45: "the broker refuses our certificate: it has expired"
    case 42, 43, 46: "the broker refuses our certificate: \(words)"
    case 48: "the broker refuses our certificate: it does not know its authority"
    case 70: "the broker speaks no TLS 1.2 or newer"
    case 115: "the broker does not know our PSK identity"
    case 116: "the broker demands a client certificate"
    case 120: "the broker does not know the protocol in uplink.tls.alpn"
    default: "the broker said: \(words)"
    }
  }
}
