import Messages

/// How to reach a broker.
package struct MosquittoOptions: Sendable {
  package enum Version: Sendable { case v5, v311 }

  package struct Broker: Hashable, Sendable {
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }
  }

  /// At least one.
  package let brokers: [Broker]
  package let clientID: String
  /// What is spoken; a broker that knows no 5 changes it.
  package internal(set) var version: Version
  /// 0, 1 or 2, for every message; a broker that cannot do it changes it.
  package internal(set) var qos: Int32
  /// Whole seconds, 5 … 65,535.
  package let keepAlive: Duration
  /// Written data that is not acknowledged by TCP for so long ends the connection, in whole seconds.
  package let silence: Duration
  package let username: String?
  package let password: String?
  package let tls: TLS?
  /// Published by the broker when it loses us without a goodbye.
  package internal(set) var will: Message?
  /// Packets of the broker, in bytes; with MQTT 5 it is asked to drop what is larger. Nil: nothing is expected of it.
  package let incomingLimit: UInt32?
  /// As `qos`, until the broker does not take that.
  var willQoS: Int32

  package init(
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
