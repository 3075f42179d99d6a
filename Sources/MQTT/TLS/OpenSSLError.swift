/// A line of libmosquitto's log such as `OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed`.
struct OpenSSLError: Hashable {
  /// ERR_GET_LIB and ERR_GET_REASON of OpenSSL 3 (openssl/err.h): the low 23 bits are the reason.
  let library: UInt32
  let reason: UInt32
  /// OpenSSL's text for the reason.
  let words: String

  /// The library of the TLS handshake (ERR_LIB_SSL).
  static let tls: UInt32 = 20
  /// SSL_R_UNEXPECTED_EOF_WHILE_READING of openssl/sslerr.h.
  static let unexpectedEnd: UInt32 = 294

  /// Nil for any other line.
  init?(_ line: String) {
    let parts = line.split(separator: ":", omittingEmptySubsequences: false)
    guard line.hasPrefix("OpenSSL Error"), parts.count >= 6, parts[1] == " error",
      let code = UInt32(parts[2], radix: 16)
    else { return nil }
    library = code >> 23 & 0xFF
    reason = code & 0x7F_FFFF
    words = parts[5...].joined(separator: ":")
  }

  /// The number of the alert that the other side has sent (RFC 8446, section 6): SSL_AD_REASON_OFFSET is 1000. Nil if
  /// it was not an alert.
  var alert: UInt32? { library == Self.tls && 1_000..<1_256 ~= reason ? reason - 1_000 : nil }
}
