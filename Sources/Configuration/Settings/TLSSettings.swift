/// TLS 1.2 or newer. The broker's certificate is verified: its chain always, its name unless `isInsecure`.
package struct TLSSettings: Hashable, Sendable {
  /// A key that both sides know, in place of certificates.
  package struct PSK: Hashable, Sendable {
    /// 1 … 128 bytes.
    package var identity: String
    /// Hexadecimal digits: 8 … 64 bytes.
    package var key: Secret

    package init(identity: String, key: Secret) {
      self.identity = identity
      self.key = key
    }
  }

  /// PEM file with the authorities to trust; the system's own when nil.
  package var authorities: String?
  /// PEM files of the client's certificate and key: both or neither.
  package var certificate: String?
  package var key: String?
  /// Never together with the three above.
  package var psk: PSK?
  /// 1 … 254 bytes: the protocol to ask for in the handshake (RFC 7301), such as `x-amzn-mqtt-ca`.
  package var alpn: String?
  /// The certificate may be for any name.
  package var isInsecure = false

  package init() {}

  /// What the user should be reminded of at every start; nil when all is as it should be.
  package var warning: String? {
    guard isInsecure else { return nil }
    return "uplink.tls.insecure: the broker's name is NOT verified: anyone with a certificate from a trusted authority "
      + "can pose as the broker"
  }
}
