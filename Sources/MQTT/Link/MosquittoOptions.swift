import Uplink

/// How to reach a broker.
public struct MosquittoOptions: Sendable {
  public enum Version: Sendable { case v5, v311 }

  public struct Broker: Hashable, Sendable {
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }
  }

  /// At least one.
  public let brokers: [Broker]
  public let clientID: String
  /// What is spoken; a broker that knows no 5 changes it.
  public internal(set) var version: Version
  /// 0, 1 or 2, for every message; a broker that cannot do it changes it.
  public internal(set) var qos: Int32
  /// Whole seconds, 5 … 65,535.
  public let keepAlive: Duration
  /// Written data that is not acknowledged by TCP for so long ends the connection, in whole seconds.
  public let silence: Duration
  public let username: String?
  public let password: String?
  public let tls: TLS?
  /// Published by the broker when it loses us without a goodbye.
  public internal(set) var will: Message?
  /// Packets of the broker, in bytes; with MQTT 5 it is asked to drop what is larger. Nil: nothing is expected of it.
  public let incomingLimit: UInt32?
  /// As `qos`, until the broker does not take that.
  var willQoS: Int32

  public init(
    brokers: [Broker], clientID: String, version: Version, qos: Int32, keepAlive: Duration, silence: Duration,
    username: String?, password: String?, tls: TLS?, will: Message?, incomingLimit: UInt32? = nil
  ) {
    self.brokers = brokers
    self.clientID = clientID
    self.version = version
    self.qos = qos
    self.keepAlive = keepAlive
    self.silence = silence
    self.username = username
    self.password = password
    self.tls = tls
    self.will = will
    self.incomingLimit = incomingLimit
    willQoS = qos
  }
}
