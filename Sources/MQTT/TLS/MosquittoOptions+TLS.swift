extension MosquittoOptions {
  /// Encryption, trust and our own identity. TLS 1.2 at least.
  package struct TLS: Sendable {
    /// A pre-shared key in place of certificates.
    package struct PSK: Sendable {
      package let identity: String
      /// Hexadecimal digits.
      package let key: String

      package init(identity: String, key: String) {
        self.identity = identity
        self.key = key
      }
    }

    /// PEM file with the authorities to trust; nil: the system's.
    package let authorities: String?
    /// PEM files with our certificate and key: both or neither.
    package let certificate: String?
    package let key: String?
    /// If set, the files above are not used.
    package let psk: PSK?
    /// The protocol to ask for in the handshake (RFC 7301).
    package let alpn: String?
    /// Accepts a certificate of the broker that is for any name.
    package let isInsecure: Bool

    package init(
      authorities: String?, certificate: String?, key: String?, psk: PSK?, alpn: String?, isInsecure: Bool
    ) {
      self.authorities = authorities
      self.certificate = certificate
      self.key = key
      self.psk = psk
      self.alpn = alpn
      self.isInsecure = isInsecure
    }
  }
}
