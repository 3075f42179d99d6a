import CMosquitto
import Messages
import Uplink

extension MosquittoTransport {
  private static let subscribedQoS: Int32 = 1

  package func publish(_ message: Message, token: Token) {
    guard link.isUp, let handle = link.handle else { return }
    var id: Int32 = 0
    let properties = options.version == .v5 ? PropertyList(message) : PropertyList()
    if let refusal = Reasons.unfit(properties: properties.code) { return tell(.acknowledged(token, refusal)) }
    let isRetained = topics.isRetained(message.address) && welcome.mayRetain
    let result = LibraryResult {
      mosquitto_publish_v5(
        handle.pointer, &id, topics.place(of: message.address), Int32(clamping: message.payload.count),
        message.payload, min(options.qos, welcome.maximumQoS), isRetained, properties.list)
    }
    if let refusal = Reasons.unfit(result.code) { return tell(.acknowledged(token, refusal)) }
    tokens[id] = token
    link.settle("publish", result, for: self)
  }

  package func listen(at inlets: [Inlet]) {
    for inlet in inlets {
      guard link.isUp, let handle = link.handle else { return }
      guard let filter = topics.filter(of: inlet) else {
        tell(.notListening(inlet, at: "no topic", meaning: "the configuration has none for these commands"))
        continue
      }
      let isShared = inlet == .shared
      // Asking for a shared subscription all the same would be a protocol error (MQTT 5.0, 3.2.2.3.13).
      guard !isShared || options.version == .v5 && welcome.hasSharedSubscriptions else {
        tell(.notListening(inlet, at: filter, meaning: "the broker has no shared subscriptions"))
        continue
      }
      // A shared subscription must not have "no local" (MQTT 5.0, 3.8.3.1).
      let flags = options.version == .v5 && !isShared ? Int32(MQTT_SUB_OPT_NO_LOCAL.rawValue) : 0
      var id: Int32 = 0
      let result = LibraryResult {
        mosquitto_subscribe_v5(handle.pointer, &id, filter, Self.subscribedQoS, flags, nil)
      }
      if result.isSuccess { subscriptions[id] = (inlet, filter) }
      link.settle("subscribe", result, for: self)
    }
  }
}
