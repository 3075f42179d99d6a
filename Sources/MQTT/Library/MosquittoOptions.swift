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
  /// The protocol version. Lowered for a broker that does not support 5.
  package internal(set) var version: Version
  /// QoS of every message: 0, 1 or 2. Lowered for a broker that does not support it.
  package internal(set) var qos: Int32
  /// Whole seconds, 5 … 65,535.
  package let keepAlive: Duration
  /// How long written data may go unacknowledged by TCP before the connection ends, in whole seconds.
  package let silence: Duration
  package let username: String?
  package let password: String?
  package let tls: TLS?
  /// Largest packet that the broker may send, in bytes; with MQTT 5 it is asked to drop larger ones. Nil: the broker is
  /// asked for no limit.
  package let incomingLimit: UInt32?
  /// The same as `qos`, until the broker refuses that.
  var willQoS: Int32
  /// The broker keeps a last will for later subscribers; cleared for one that keeps no messages.
  var willIsRetained = true

  package init(
    brokers: [Broker], clientID: String, version: Version, qos: Int32, keepAlive: Duration, silence: Duration,
    username: String?, password: String?, tls: TLS?, incomingLimit: UInt32? = nil
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
    self.incomingLimit = incomingLimit
    willQoS = qos
  }
}
