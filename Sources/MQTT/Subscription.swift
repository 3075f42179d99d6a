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

/// What a subscriber tells.
public enum SubscriberEvent: Hashable, Sendable {
  /// The broker has accepted the subscription, and will deliver at most with this quality of service. `hasSession`: it
  /// still knew us.
  case subscribed(hasSession: Bool, qos: Int32)
  /// Acknowledged when the handler returns without having called `abandon`.
  case received(Message)
  /// The broker refused the subscription. The connection is over.
  case refused(reason: Int32, meaning: String)
  /// The attempt or the connection is over.
  case failed(LinkFailure)
}
