import Configuration
import MQTT
import Telemetry
import Uplink

/// The settings of the uplink in the terms of the modules that carry them out.
struct UplinkPlan {
  let limits: CourierLimits
  let encoder: MessageEncoder
  let options: MosquittoOptions

  init(_ settings: Settings) {
    let uplink = settings.uplink
    limits = CourierLimits(
      inFlight: uplink.inFlight, connect: uplink.connectTimeout, acknowledge: uplink.acknowledgeTimeout,
      retryCeiling: uplink.retryCeiling)
    encoder = MessageEncoder(
      device: settings.device.id,
      topics: Topics(
        prefix: uplink.topics.prefix, device: settings.device.id, reading: uplink.topics.reading,
        state: uplink.topics.state, event: uplink.topics.event))
    options = MosquittoOptions(
      host: uplink.broker.host, port: uplink.broker.port, clientID: uplink.clientID,
      version: uplink.version == .v5 ? .v5 : .v311, qos: uplink.qos.rawValue, keepAlive: uplink.keepAlive,
      username: uplink.credentials?.username, password: uplink.credentials?.password?.revealed,
      tls: uplink.tls.map(MosquittoOptions.TLS.init),
      will: encoder.state(online: false, at: nil))
  }
}
