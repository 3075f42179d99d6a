import CMosquitto
import Uplink

/// What to receive, and what the broker shall keep while we are away.
public struct Subscription: Sendable {
  /// A topic filter; `$share/GROUP/FILTER` takes part in a group, of which each message goes to one member.
  public let filter: String
  /// How long the broker keeps the subscription, and what arrives for it, while we are not connected: whole seconds, for
  /// MQTT 5. With 3.1.1 it is the broker's choice. Nil: nothing is kept, and what was kept before is thrown away.
  public let keptFor: Duration?

  public init(filter: String, keptFor: Duration?) {
    self.filter = filter
    self.keptFor = keptFor
  }

  /// Whether a broker could accept such a filter.
  public static func isValid(filter: String) -> Bool {
    !filter.isEmpty && mosquitto_sub_topic_check(filter) == Int32(MOSQ_ERR_SUCCESS.rawValue)
  }
}

/// How a broker has accepted a subscription.
public struct Terms: Hashable, Sendable {
  /// It still knew us.
  public let hasSession: Bool
  /// It will deliver with this quality of service at most.
  public let qos: Int32
  /// For so long it keeps the session while we are away, if that is less than was asked for.
  public let keptFor: Duration?
  /// It was asked with MQTT 3.1.1.
  public let isOlder: Bool
}

/// What a subscriber tells.
public enum SubscriberEvent: Hashable, Sendable {
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
