import CMosquitto
import Glibc
import Uplink

/// TLS for a libmosquitto handle that has not connected yet.
///
/// The broker's chain is always verified, its name unless the options say otherwise. The name is the host that we
/// connect to: libmosquitto knows no other. Every handle reads the files again.
enum MosquittoTLS {
  /// Before 2.0.12 a client with a PSK would also accept a broker with a certificate, and would not check it.
  private static let firstWithSafePSK = (2, 0, 12)

  static func configure(_ handle: OpaquePointer, _ tls: MosquittoOptions.TLS) throws(MosquittoFailure) {
    if let psk = tls.psk { try use(psk, handle) } else { try useCertificates(tls, handle) }
    // 1 is SSL_VERIFY_PEER. libmosquitto 2.0.11 permits TLS 1.1 unless told otherwise. The version is a minimum.
    try MosquittoHandle.check("TLS options", mosquitto_tls_opts_set(handle, 1, "tlsv1.2", nil))
    if tls.isInsecure { try MosquittoHandle.check("TLS name check", mosquitto_tls_insecure_set(handle, true)) }
    if let alpn = tls.alpn {
      try MosquittoHandle.check("TLS ALPN", mosquitto_string_option(handle, MOSQ_OPT_TLS_ALPN, alpn))
    }
  }

  private static func useCertificates(_ tls: MosquittoOptions.TLS, _ handle: OpaquePointer) throws(MosquittoFailure) {
    if let key = tls.key { try refuseOpenKey(key) }
    // Without this OpenSSL would ask for the password of an encrypted key on the terminal. An empty password fails.
    let noPassword: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
      _, _, _, _ in 0
    }
    let systemStore = tls.authorities == nil ? "/etc/ssl/certs" : nil
    try MosquittoHandle.check(
      "TLS files", mosquitto_tls_set(handle, tls.authorities, systemStore, tls.certificate, tls.key, noPassword))
  }

  /// The key was checked with the configuration, but it may have been replaced since.
  private static func refuseOpenKey(_ path: String) throws(MosquittoFailure) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o007 != 0 else { return }
    throw .library(
      operation: "TLS", code: Int32(MOSQ_ERR_TLS.rawValue),
      detail: "\(path) can be used by everybody; mend it with: chmod o= \(path)")
  }

  private static func use(_ psk: MosquittoOptions.TLS.PSK, _ handle: OpaquePointer) throws(MosquittoFailure) {
    var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
    mosquitto_lib_version(&major, &minor, &revision)
    let version = (Int(major), Int(minor), Int(revision))
    guard version >= firstWithSafePSK else {
      throw .library(
        operation: "TLS", code: Int32(MOSQ_ERR_NOT_SUPPORTED.rawValue),
        detail: "PSK needs libmosquitto 2.0.12 or newer; this is \(major).\(minor).\(revision), which would also "
          + "accept any broker with a certificate")
    }
    try MosquittoHandle.check("PSK", mosquitto_tls_psk_set(handle, psk.key, psk.identity, nil))
  }
}
