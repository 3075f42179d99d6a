import Telemetry

extension Keys {
  package static let uplink: [Key] = [
    Key(
      "broker", .oneOrMore(.text(.brokerURL), 1...8),
      required: "the address of the MQTT broker, such as mqtt://broker.example.com"),
    Key("client_id", .text(.clientID)),
    Key("protocol", .words(of: UplinkSettings.ProtocolVersion.self)),
    Key("qos", .integer(0...2)),
    Key("username", .text(.username)),
    Key("password", .oneOf(secret)),
    Key("tls", .group(tls)),
    Key("topics", .group(topics)),
    Key("keep_alive", .duration(.seconds(5)...(.seconds(65_535)))),
    Key("in_flight", .integer(1...1_000)),
    Key("connect_timeout", .duration(.seconds(1)...(.seconds(300)))),
    Key("acknowledge_timeout", .duration(.seconds(1)...(.seconds(300)))),
    Key("retry_ceiling", .duration(.seconds(1)...(.seconds(3_600)))),
    Key("state_every", .duration(.seconds(10)...(.seconds(86_400)))),
    Key("order", .words(of: UplinkSettings.Order.self)),
    Key("rate", .integer(1...10_000)),
    Key("batch", .group(batch)),
    Key("describe", .boolean),
    Key("message_expiry", .duration(.seconds(1)...(.seconds(365 * 86_400)))),
    Key("commands", .group(commands)),
  ]

  /// The three ways to name a secret.
  package static let secret: [Key] = [
    Key("credential", .text(.credential)), Key("file", .text(.file)), Key("env", .text(.variable)),
  ]

  package static let tls: [Key] = [
    Key("ca", .text(.file)),
    Key("certificate", .text(.file)),
    Key("key", .text(.file)),
    Key("psk", .group(psk)),
    Key("alpn", .text(.alpn)),
    Key("insecure", .boolean),
  ]

  package static let psk: [Key] = [
    Key("identity", .text(.pskIdentity), required: "the name by which the broker knows the key"),
    Key("key", .oneOf(secret), required: "the shared key in hexadecimal digits, as {file: PATH} or {env: NAME}"),
  ]

  package static let topics: [Key] = [
    Key("prefix", .text(.topic([], required: []))),
    Key("reading", .text(.topic(["prefix", "device", "sensor"], required: ["sensor"]))),
    Key("state", .text(.topic(["prefix", "device"], required: []))),
    Key("event", .text(.topic(["prefix", "device"], required: []))),
  ]

  package static let batch: [Key] = [
    Key("readings", .integer(2...100), required: "how many readings of a sensor go in one message at most"),
    Key("gather", .duration(.milliseconds(100)...(.seconds(600)))),
  ]

  package static let commands: [Key] = [
    Key(
      "allow", .list(.words(of: CommandSettings.Name.self), 1...Int.max),
      required: "the list of what may be asked: "
        + CommandSettings.Name.allCases.map(\.rawValue).joined(separator: ", ")),
    Key("topic", .text(.topic(["prefix", "device"], required: []))),
    Key("response", .text(.topic(["prefix", "device"], required: []))),
    Key("response_topics", .list(.text(.filter(["prefix", "device"])), 0...Int.max)),
    Key("share", .text(.name)),
    Key("shared_topic", .text(.topic(["prefix"], required: []))),
  ]
}
