import Telemetry

/// Reads the sections `device`, `uplink` and `buffer`.
struct UplinkReader {
  let surroundings: Surroundings
  let findings: Diagnostics

  func device(_ field: Field) -> DeviceSettings? {
    guard let section = field.section(["id"]), let id = section.required("id", "it names this gateway upstream") else {
      return nil
    }
    return FilledText(surroundings, rule: Name.rule, isRight: Name.isRight).read(id).map(DeviceSettings.init(id:))
  }

  func uplink(_ field: Field, device: String) -> UplinkSettings? {
    let known = [
      "broker", "client_id", "protocol", "qos", "username", "password", "tls", "topics", "keep_alive", "in_flight",
      "connect_timeout", "acknowledge_timeout", "retry_ceiling", "state_every", "order", "rate", "batch", "describe",
      "message_expiry", "commands",
    ]
    guard let section = field.section(known) else { return nil }
    let (written, urls) = brokers(section)
    let url = urls.first
    var settings = UplinkSettings(
      broker: url?.address ?? BrokerAddress(host: "", port: 0), clientID: device)
    if url != nil { settings.brokers = urls.map(\.address) }
    let clientID = FilledText(surroundings, device: device, rule: "1 to 64 characters") { 1...64 ~= $0.count }
    settings.clientID = section.optional("client_id").flatMap(clientID.read) ?? settings.clientID
    settings.version = section.optional("protocol")?.choice([("5", .v5), ("3.1.1", .v311)]) ?? settings.version
    settings.qos =
      section.optional("qos")?.integer(in: 0...2).flatMap { .init(rawValue: Int32($0)) } ?? settings.qos
    settings.credentials = credentials(section, device)
    settings.tls = TLSReader(surroundings: surroundings, device: device).read(section, written: written, effective: url)
    if let topics = section.optional("topics") { settings.topics = self.topics(topics, settings.topics) }
    limits(section, &settings)
    delivery(section, &settings)
    settings.commands = CommandReader().read(section, settings)
    OwnTopics(settings.topics, settings.commands, device: device).separate(field)
    return url == nil ? nil : settings
  }

  private func limits(_ section: Section, _ settings: inout UplinkSettings) {
    func duration(_ key: String, _ range: ClosedRange<Duration>, _ target: inout Duration) {
      if let value = section.optional(key)?.duration(range) { target = value }
    }
    duration("keep_alive", .seconds(5)...(.seconds(65_535)), &settings.keepAlive)
    duration("connect_timeout", .seconds(1)...(.seconds(300)), &settings.connectTimeout)
    duration("acknowledge_timeout", .seconds(1)...(.seconds(300)), &settings.acknowledgeTimeout)
    duration("retry_ceiling", .seconds(1)...(.seconds(3_600)), &settings.retryCeiling)
    duration("state_every", .seconds(10)...(.seconds(86_400)), &settings.stateEvery)
    if let value = section.optional("in_flight")?.integer(in: 1...1_000) { settings.inFlight = value }
  }

  private func delivery(_ section: Section, _ settings: inout UplinkSettings) {
    settings.order =
      section.optional("order")?.choice([("oldest_first", .oldestFirst), ("newest_first", .newestFirst)])
      ?? settings.order
    settings.rate = section.optional("rate")?.integer(in: 1...10_000)
    settings.describes = section.optional("describe")?.boolean() ?? settings.describes
    settings.messageExpiry = section.optional("message_expiry")?.duration(.seconds(1)...(.seconds(365 * 86_400)))
    for key in ["describe", "message_expiry"] where settings.version == .v311 {
      section.optional(key)?.mistake("needs MQTT 5: protocol 3.1.1 has nothing beside the payload")
    }
    guard let batch = section.optional("batch")?.section(["readings", "gather"]) else { return }
    let readings = batch.required("readings", "how many readings of a sensor go in one message at most")
    settings.batch = readings?.integer(in: 2...100) ?? settings.batch
    settings.gather = batch.optional("gather")?.duration(.milliseconds(100)...(.seconds(600))) ?? settings.gather
  }

  /// Reads one address or a list; all of them with TLS, or none. FIELDPOST_BROKER overrides the file, which must be
  /// correct nevertheless.
  private func brokers(_ section: Section) -> (written: BrokerURL?, effective: [BrokerURL]) {
    let given = section.required("broker", "the address of the MQTT broker, such as mqtt://broker.example.com")
    let fromFile = given.map(addresses) ?? []
    guard let override = surroundings.environment("FIELDPOST_BROKER") else { return (fromFile.first, fromFile) }
    switch BrokerURL.parse(override) {
    case .url(let url): return (fromFile.first, [url])
    case .mistake(let reason):
      findings.add(outside: "environment variable FIELDPOST_BROKER", reason)
      return (fromFile.first, [])
    }
  }

  private func addresses(_ field: Field) -> [BrokerURL] {
    guard case .sequence = field.node.content else { return address(field).map { [$0] } ?? [] }
    let items = field.list() ?? []
    if !(1...8).contains(items.count) { field.mistake("must be one address, or a list of 2 to 8") }
    var urls: [BrokerURL] = []
    for item in items {
      guard let url = address(item) else { continue }
      if let first = urls.first, first.isEncrypted != url.isEncrypted {
        item.mistake("must be mqtts:// if the first one is, and mqtt:// if it is not: there is one section tls for all")
      }
      urls.append(url)
    }
    return urls.count == items.count ? urls : []
  }

  private func address(_ field: Field) -> BrokerURL? {
    guard let text = field.text() else { return nil }
    switch BrokerURL.parse(text) {
    case .url(let url): return url
    case .mistake(let reason):
      findings.add(field.node.mark, field.path, reason, hidesLine: BrokerURL.mayHoldPassword(text))
      return nil
    }
  }

  private func credentials(_ section: Section, _ device: String) -> Credentials? {
    let password = section.optional("password")
    let secret = password.flatMap { SecretReader(surroundings: surroundings).read($0) }
    guard let username = section.optional("username") else {
      password?.mistake("a password needs a username beside it")
      return nil
    }
    let filled = FilledText(surroundings, device: device, mayBeSecret: true, rule: "1 to 256 characters") {
      1...256 ~= $0.count
    }
    guard let name = filled.read(username) else { return nil }
    var credentials = Credentials(username: name, password: secret)
    credentials.passwordFile = password?.node["file"]?.texts.first.map(surroundings.path)
    return credentials
  }

  private func topics(_ field: Field, _ defaults: TopicSettings) -> TopicSettings {
    guard let section = field.section(["prefix", "reading", "state", "event"]) else { return defaults }
    var topics = defaults
    func template(_ key: String, _ placeholders: [String], _ required: [String], _ target: inout String) {
      guard let field = section.optional(key), let text = field.text() else { return }
      if let mistake = TopicCheck.mistake(in: text, placeholders: placeholders, required: required) {
        field.mistake("\(mistake) (\"\(shortened(text))\")")
      }
      target = text
    }
    template("prefix", [], [], &topics.prefix)
    template("reading", ["prefix", "device", "sensor"], ["sensor"], &topics.reading)
    template("state", ["prefix", "device"], [], &topics.state)
    template("event", ["prefix", "device"], [], &topics.event)
    return topics
  }

  func buffer(_ field: Field?) -> BufferSettings {
    var settings = BufferSettings()
    if let section = field?.section(["directory", "size", "durable_after", "when_full", "max_age"]) {
      settings.directory =
        section.optional("directory")?.text("an absolute path", where: { $0.hasPrefix("/") }) ?? settings.directory
      let sizes = ByteCount(mebibytes: 1)...ByteCount(mebibytes: 64 << 10)
      settings.size = section.optional("size")?.size(sizes) ?? settings.size
      settings.durableAfter =
        section.optional("durable_after")?.duration(.seconds(1)...(.seconds(600))) ?? settings.durableAfter
      settings.whenFull =
        section.optional("when_full")?.choice([("evict_oldest", .evictOldest), ("refuse_newest", .refuseNewest)])
        ?? settings.whenFull
      settings.maximumAge = section.optional("max_age")?.duration(.seconds(3_600)...(.seconds(3_650 * 86_400)))
    }
    if let override = surroundings.environment("FIELDPOST_BUFFER") {
      if !override.hasPrefix("/") {
        findings.add(outside: "environment variable FIELDPOST_BUFFER", "must be an absolute path")
      }
      settings.directory = override
    }
    return settings
  }
}

/// Ids become levels of topics and parts of identities.
package enum Name {
  package static let rule = "1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ."

  package static func isRight(_ text: String) -> Bool {
    1...Identity.longestSensor ~= text.utf8.count
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
