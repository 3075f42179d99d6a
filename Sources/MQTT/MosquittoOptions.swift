import Uplink

/// How to reach a broker.
public struct MosquittoOptions: Sendable {
  public enum Version: Sendable { case v5, v311 }

  public let host: String
  public let port: UInt16
  public let clientID: String
  public let version: Version
  /// 0, 1 or 2, for every message.
  public let qos: Int32
  /// Whole seconds, 5 … 65,535.
  public let keepAlive: Duration
  public let username: String?
  public let password: String?
  public let tls: TLS?
  /// Published by the broker when it loses us without a goodbye.
  public let will: Message

  public init(
    host: String, port: UInt16, clientID: String, version: Version, qos: Int32, keepAlive: Duration, username: String?,
    password: String?, tls: TLS?, will: Message
  ) {
    self.host = host
    self.port = port
    self.clientID = clientID
    self.version = version
    self.qos = qos
    self.keepAlive = keepAlive
    self.username = username
    self.password = password
    self.tls = tls
    self.will = will
  }
}
