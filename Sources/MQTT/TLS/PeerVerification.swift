import CMosquitto
import Glibc

/// OpenSSL's verdict on the broker's certificate.
struct PeerVerification: Hashable {
  /// X509_V_OK (0) or the error, see X509_STORE_CTX_get_error(3).
  let code: Int
  /// OpenSSL's text for the code.
  let words: String

  var isFine: Bool { code == 0 }

  /// Nil without a TLS session. libmosquitto frees the session when a call fails, but only after it has written to its
  /// log.
  static func ofSession(of handle: OpaquePointer?) -> PeerVerification? {
    guard let handle, let session = mosquitto_ssl_get(handle), let functions else { return nil }
    let code = functions.result(session)
    return PeerVerification(code: code, words: functions.words(code).map { String(cString: $0) } ?? "error \(code)")
  }

  /// Whether the TLS handshake has ended, so that our part of it has been sent.
  static func isHandshakeOver(_ handle: OpaquePointer) -> Bool {
    guard let session = mosquitto_ssl_get(handle), let functions else { return false }
    return functions.isFinished(session) == 1
  }

  private struct Functions {
    let isFinished: @convention(c) (UnsafeMutableRawPointer) -> Int32
    let result: @convention(c) (UnsafeMutableRawPointer) -> Int
    let words: @convention(c) (Int) -> UnsafePointer<CChar>?
  }

  /// libmosquitto has loaded OpenSSL. The daemon does not link it: these functions have been the same since 1.1.
  private static let functions: Functions? = {
    guard let result = dlsym(nil, "SSL_get_verify_result"), let words = dlsym(nil, "X509_verify_cert_error_string"),
      let isFinished = dlsym(nil, "SSL_is_init_finished")
    else { return nil }
    return Functions(
      isFinished: unsafeBitCast(isFinished, to: (@convention(c) (UnsafeMutableRawPointer) -> Int32).self),
      result: unsafeBitCast(result, to: (@convention(c) (UnsafeMutableRawPointer) -> Int).self),
      words: unsafeBitCast(words, to: (@convention(c) (Int) -> UnsafePointer<CChar>?).self))
  }()
}
