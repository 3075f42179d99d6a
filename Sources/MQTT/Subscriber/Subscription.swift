import CMosquitto
import Messages
import Uplink

/// What to receive, and what the broker shall keep while we are away.
package struct Subscription: Sendable {
  /// A topic filter; `$share/GROUP/FILTER` takes part in a group, of which each message goes to one member.
  package let filter: String
  /// How long the broker keeps the subscription, and what arrives for it, while we are not connected: whole seconds, for
  /// MQTT 5. With 3.1.1 it is the broker's choice. Nil: nothing is kept, and what was kept before is thrown away.
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

/// How a broker has accepted a subscription.
package struct Terms: Hashable, Sendable {
  /// It still knew us.
  package let hasSession: Bool
  /// It will deliver with this quality of service at most.
  package let qos: Int32
  /// For so long it keeps the session while we are away, if that is less than was asked for.
  package let keptFor: Duration?
  /// It was asked with MQTT 3.1.1.
  package let isOlder: Bool
}

/// What a subscriber tells.
package enum SubscriberEvent: Hashable, Sendable {
  /// The broker has accepted the subscription.
  case subscribed(Terms)
  /// Acknowledged when the handler returns without having called `abandon`.
  case received(Message)
  /// The broker refused the subscription. The connection is over.
  case refused(reason: Int32, meaning: String)
  /// It has said that it cannot do what the subscription is about, so it was not asked. The connection is over.
  case impossible(String)
  /// The attempt or the connection is over.
  case failed(LinkFailure)
}
