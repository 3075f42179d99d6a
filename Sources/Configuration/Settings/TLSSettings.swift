/// TLS 1.2 or newer. The broker's certificate is verified: its chain always, its name unless `isInsecure`.
package struct TLSSettings: Hashable, Sendable {
  /// A pre-shared key, used in place of certificates.
  package struct PSK: Hashable, Sendable {
    /// Name by which the broker knows the key: 1 … 128 bytes.
    package var identity: String
    /// Key in hexadecimal digits: 8 … 64 bytes.
    package var key: Secret

    package init(identity: String, key: Secret) {
      self.identity = identity
      self.key = key
    }
  }

  /// PEM file with the certificate authorities to trust; nil: the system's own.
  package var authorities: String?
  /// PEM files of the client's certificate and key: both or neither.
  package var certificate: String?
  package var key: String?
  /// Excludes the three files above.
  package var psk: PSK?
  /// ALPN protocol to ask for in the handshake (RFC 7301), such as `x-amzn-mqtt-ca`: 1 … 254 bytes.
  package var alpn: String?
  /// The broker's name is not verified: its certificate may be for any name.
  package var isInsecure = false

  package init() {}

  /// A reminder for the user at every start; nil: no reason for one.
  package var warning: String? {
    guard isInsecure else { return nil }
    return "uplink.tls.insecure: the broker's name is NOT verified: anyone with a certificate from a trusted authority "
      + "can pose as the broker"
  }
}
