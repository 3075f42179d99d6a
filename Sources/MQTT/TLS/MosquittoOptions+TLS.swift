extension MosquittoOptions {
  /// How to encrypt, whom to trust, and who we are. TLS 1.2 at least.
  public struct TLS: Sendable {
    /// A pre-shared key in place of certificates.
    public struct PSK: Sendable {
      public let identity: String
      /// Hexadecimal digits.
      public let key: String

      public init(identity: String, key: String) {
        self.identity = identity
        self.key = key
      }
    }

    /// PEM file with the authorities to trust; nil: the system's.
    public let authorities: String?
    /// PEM files, both or neither.
    public let certificate: String?
    public let key: String?
    /// The files above are then not used.
    public let psk: PSK?
    /// The protocol to ask for in the handshake (RFC 7301).
    public let alpn: String?
    /// The broker's certificate may be for any name.
    public let isInsecure: Bool

    public init(
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
