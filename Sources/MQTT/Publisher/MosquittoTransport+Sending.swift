import CMosquitto
import Glibc
import Messages
import Uplink

extension MosquittoTransport {
  private static let subscribedQoS: Int32 = 1

  package func publish(_ message: Message, token: Token) {
    guard isUp, let handle else { return }
    var id: Int32 = 0
    let properties = options.version == .v5 ? PropertyList(message) : nil
    let isRetained = topics.isRetained(message.address) && welcome.mayRetain
    let code = mosquitto_publish_v5(
      handle, &id, topics.place(of: message.address), Int32(clamping: message.payload.count), message.payload,
      min(options.qos, welcome.maximumQoS), isRetained, properties?.list)
    let errnoValue = errno
    if let refusal = Reasons.unfit(code) { return tell(.acknowledged(token, refusal)) }
    tokens[id] = token
    guard succeeded("publish", code, errnoValue: errnoValue) else { return }
    settle()
  }

  package func listen(at inlets: [Inlet]) {
    for inlet in inlets {
      guard isUp, let handle else { return }
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
      let code = mosquitto_subscribe_v5(handle, &id, filter, Self.subscribedQoS, flags, nil)
      let errnoValue = errno
      guard succeeded("subscribe", code, errnoValue: errnoValue) else { return }
      subscriptions[id] = (inlet, filter)
      settle()
    }
  }
}
