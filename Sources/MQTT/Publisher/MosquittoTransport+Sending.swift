import CMosquitto
import Glibc
import Messages
import Uplink

extension MosquittoTransport {
  private static let subscribedQoS: Int32 = 1

  package func publish(_ message: Message, token: Token) {
    guard isUp, let handle else { return }
    var id: Int32 = 0
    let properties = options.version == .v5 ? message.properties.flatMap { PropertyList($0) } : nil
    let code = mosquitto_publish_v5(
      handle, &id, message.topic, Int32(clamping: message.payload.count), message.payload,
      min(options.qos, welcome.maximumQoS), message.isRetained && welcome.mayRetain, properties?.list)
    let errnoValue = errno
    if let refusal = Reasons.unfit(code) { return tell(.acknowledged(token, refusal)) }
    tokens[id] = token
    guard succeeded("publish", code, errnoValue: errnoValue) else { return }
    settle()
  }

  package func subscribe(to subscriptions: [TopicSubscription]) {
    for subscription in subscriptions {
      guard isUp, let handle else { return }
      // Asking for a shared subscription all the same would be a protocol error (MQTT 5.0, 3.2.2.3.13).
      guard !subscription.isShared || options.version == .v5 && welcome.hasSharedSubscriptions else {
        tell(.notSubscribed(filter: subscription.filter, meaning: "the broker has no shared subscriptions"))
        continue
      }
      // A shared subscription must not have "no local" (MQTT 5.0, 3.8.3.1).
      let flags = options.version == .v5 && !subscription.isShared ? Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue) : 0
      var id: Int32 = 0
      let code = mosquitto_subscribe_v5(handle, &id, subscription.filter, Self.subscribedQoS, flags, nil)
      let errnoValue = errno
      guard succeeded("subscribe", code, errnoValue: errnoValue) else { return }
      filters[id] = subscription.filter
      settle()
    }
  }
}
