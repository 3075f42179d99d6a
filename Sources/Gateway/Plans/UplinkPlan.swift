import Configuration
import MQTT
import Messages
import Telemetry
import Uplink

/// The settings of the uplink in the terms of the modules that carry them out.
package struct UplinkPlan {
  let limits: CourierLimits
  let encoder: MessageEncoder
  /// For dead letters, and answers to commands.
  let json: JSONFormat
  let options: MosquittoOptions
  let topics: TopicBook
  /// Messages have a content type and headers.
  let describes: Bool
  /// Nil: commands are not accepted.
  let commands: (rules: CommandRules, inlets: [Inlet])?

  /// Largest packet with a command, in bytes. A command that is a little too large should still get its answer.
  private static let incomingLimit: UInt32 = 64 << 10

  init(_ settings: Settings) {
    let uplink = settings.uplink
    json = JSONFormat(
      device: settings.device.id, isBatched: uplink.batch > 1, presentations: settings.presentations)
    var style = MessageEncoder.Style()
    style.describes = uplink.describes
    style.expiry = uplink.messageExpiry
    encoder = MessageEncoder(json, style: style)
    limits = Self.limits(uplink, device: settings.device.id, encoder.format)
    describes = uplink.describes
    topics = TopicBook(
      prefix: uplink.topics.prefix, device: settings.device.id, reading: uplink.topics.reading,
      state: uplink.topics.state, event: uplink.topics.event,
      commands: uplink.commands.map { Self.topics($0, settings.sensors) })
    options = MosquittoOptions(
      brokers: uplink.brokers.map { .init(host: $0.host, port: $0.port) }, clientID: uplink.clientID,
      version: uplink.version == .v5 ? .v5 : .v311, qos: uplink.qos.rawValue, keepAlive: uplink.keepAlive,
      silence: uplink.acknowledgeTimeout,
      username: uplink.credentials?.username, password: uplink.credentials?.password?.revealed,
      tls: uplink.tls.map(MosquittoOptions.TLS.init),
      incomingLimit: uplink.commands == nil ? nil : Self.incomingLimit)
    commands = uplink.commands.map {
      (Self.rules($0, settings.sensors), $0.share == nil ? [.own] : [.own, .shared])
    }
  }

  private static func rules(_ commands: CommandSettings, _ sensors: [SensorSettings]) -> CommandRules {
    let allowed = commands.allowed.map { name -> Command.Kind in
      switch name {
      case .readNow: .readNow
      case .status: .status
      case .logLevel: .logLevel
      case .interval: .interval
      }
    }
    let intervals = sensors.map { ($0.id, $0.possibleIntervals) }
    return CommandRules(allowed: Set(allowed), intervals: Dictionary(intervals) { first, _ in first })
  }

  private static func topics(_ commands: CommandSettings, _ sensors: [SensorSettings]) -> TopicBook.Commands {
    var topics = TopicBook.Commands(own: commands.topic, response: commands.response)
    topics.shared = commands.sharedTopic
    topics.group = commands.share
    topics.allowed = commands.responseTopics
    topics.sensors = sensors.map(\.id)
    return topics
  }

  private static func limits(
    _ uplink: UplinkSettings, device: String, _ format: any PayloadFormat
  ) -> CourierLimits {
    var limits = CourierLimits()
    limits.inFlight = uplink.inFlight
    limits.connect = uplink.connectTimeout
    limits.acknowledge = uplink.acknowledgeTimeout
    limits.keepAlive = uplink.keepAlive
    limits.retryCeiling = uplink.retryCeiling
    limits.slot = slot(of: device)
    limits.brokers = uplink.brokers.count
    limits.batch = uplink.batch
    limits.size = format.bound
    limits.gather = uplink.gather
    limits.rate = uplink.rate
    return limits
  }

  /// 0 ..< 1, always the same for a device, and spread evenly over a fleet.
  static func slot(of device: String) -> Double {
    let hash = fnv1a(device)
    // The upper bits hardly differ between short names.
    let mixed = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
    return Double(mixed >> 11) / Double(1 << 53 as UInt64)
  }
}
