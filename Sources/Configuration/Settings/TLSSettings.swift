/// TLS 1.2 or newer. The broker's certificate is verified: its chain always, its name unless `isInsecure`.
public struct TLSSettings: Hashable, Sendable {
  /// A key that both sides know, in place of certificates.
  public struct PSK: Hashable, Sendable {
    /// 1 … 128 bytes.
    public var identity: String
    /// Hexadecimal digits: 8 … 64 bytes.
    public var key: Secret

    public init(identity: String, key: Secret) {
      self.identity = identity
      self.key = key
    }
  }

  /// PEM file with the authorities to trust; the system's own when nil.
  public var authorities: String?
  /// PEM files of the client's certificate and key: both or neither.
  public var certificate: String?
  public var key: String?
  /// Never together with the three above.
  public var psk: PSK?
  /// 1 … 254 bytes: the protocol to ask for in the handshake (RFC 7301), such as `x-amzn-mqtt-ca`.
  public var alpn: String?
  /// The certificate may be for any name.
  public var isInsecure = false

  public init() {}

  /// What the user should be reminded of at every start; nil when all is as it should be.
  public var warning: String? {
    guard isInsecure else { return nil }
    return "uplink.tls.insecure: the broker's name is NOT verified: anyone with a certificate from a trusted authority "
      + "can pose as the broker"
  }
}
