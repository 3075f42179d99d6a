import CMosquitto
import Uplink

/// The topics to subscribe to, and the state that the broker should keep while we are away.
package struct Subscription: Sendable {
  /// A topic filter; `$share/GROUP/FILTER` joins a group, in which each message goes to one member.
  package let filter: String
  /// How long the broker keeps the subscription, and the messages that arrive for it, while we are not connected: whole
  /// seconds, for MQTT 5. With 3.1.1 the broker decides. Nil: nothing is kept, and what was kept before is thrown away.
  package let keptFor: Duration?

  package init(filter: String, keptFor: Duration?) {
    self.filter = filter
    self.keptFor = keptFor
  }

  /// Whether a broker could accept such a filter.
  package static func isValid(filter: String) -> Bool {
    !filter.isEmpty && mosquitto_sub_topic_check(filter) == Int32(MOSQ_ERR_SUCCESS.rawValue)
  }
}

/// A message from a broker, as it arrived.
package struct ReceivedMessage: Hashable, Sendable {
  package let topic: String
  package let payload: [UInt8]
  package let isRetained: Bool
}

/// How a broker has accepted a subscription.
package struct Terms: Hashable, Sendable {
  /// The broker still had our session.
  package let hasSession: Bool
  /// The highest QoS that the broker will deliver with.
  package let qos: Int32
  /// How long the broker keeps the session while we are away, if that is less than was asked for.
  package let keptFor: Duration?
  /// The subscription was made with MQTT 3.1.1.
  package let isOlder: Bool
}

/// The events that a subscriber reports.
package enum SubscriberEvent: Hashable, Sendable {
  /// The broker has accepted the subscription.
  case subscribed(Terms)
  /// A message; it is acknowledged when the handler returns without having called `abandon`.
  case received(ReceivedMessage)
  /// The broker refused the subscription. The connection has ended.
  case refused(reason: Int32, meaning: String)
  /// The broker has said that it does not support this kind of subscription, so it was not asked. The connection has
  /// ended.
  case impossible(String)
  /// The attempt or the connection has ended.
  case failed(LinkFailure)
}
