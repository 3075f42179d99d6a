import Telemetry

/// Reads the sections `device`, `uplink` and `buffer`.
struct UplinkReader {
  let surroundings: Surroundings
  let findings: Diagnostics

  func device(_ field: Field) -> DeviceSettings? {
    guard let section = field.section(), let id = section.required("id") else { return nil }
    return FilledText(surroundings).read(id).map(DeviceSettings.init(id:))
  }

  func uplink(_ field: Field, device: String) -> UplinkSettings? {
    guard let section = field.section() else { return nil }
    let (written, urls) = brokers(section)
    let url = urls.first
    var settings = UplinkSettings(
      broker: url?.address ?? BrokerAddress(host: "", port: 0), clientID: device)
    if url != nil { settings.brokers = urls.map(\.address) }
    let filled = FilledText(surroundings, device: device)
    settings.clientID = section.optional("client_id").flatMap(filled.read) ?? settings.clientID
    settings.version = section.optional("protocol")?.choice() ?? settings.version
    settings.qos = section.optional("qos")?.integer().flatMap { .init(rawValue: Int32($0)) } ?? settings.qos
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
    func duration(_ key: String, _ target: inout Duration) {
      if let value = section.optional(key)?.duration() { target = value }
    }
    duration("keep_alive", &settings.keepAlive)
    duration("connect_timeout", &settings.connectTimeout)
    duration("acknowledge_timeout", &settings.acknowledgeTimeout)
    duration("retry_ceiling", &settings.retryCeiling)
    duration("state_every", &settings.stateEvery)
    settings.inFlight = section.optional("in_flight")?.integer() ?? settings.inFlight
  }

  private func delivery(_ section: Section, _ settings: inout UplinkSettings) {
    settings.order = section.optional("order")?.choice() ?? settings.order
    settings.rate = section.optional("rate")?.integer()
    settings.describes = section.optional("describe")?.boolean() ?? settings.describes
    settings.messageExpiry = section.optional("message_expiry")?.duration()
    for key in ["describe", "message_expiry"] where settings.version == .v311 {
      section.optional(key)?.mistake("needs MQTT 5: protocol 3.1.1 has nothing beside the payload")
    }
    guard let batch = section.optional("batch")?.section() else { return }
    settings.batch = batch.required("readings")?.integer() ?? settings.batch
    settings.gather = batch.optional("gather")?.duration() ?? settings.gather
  }

  /// Reads one address or a list; all of them with TLS, or none. FIELDPOST_BROKER overrides the file, which must be
  /// correct nevertheless.
  private func brokers(_ section: Section) -> (written: BrokerURL?, effective: [BrokerURL]) {
    let given = section.required("broker")
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
    guard case .sequence = field.node.content, case .oneOrMore(_, let range) = field.shape else {
      return address(field).map { [$0] } ?? []
    }
    let items = field.list() ?? []
    if !range.contains(items.count) { field.mistake("must be one address, or a list of 2 to \(range.upperBound)") }
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
    let filled = FilledText(surroundings, device: device, mayBeSecret: true)
    guard let name = filled.read(username) else { return nil }
    var credentials = Credentials(username: name, password: secret)
    credentials.passwordFile = password?.node["file"]?.texts.first.map(surroundings.path)
    return credentials
  }

  private func topics(_ field: Field, _ defaults: TopicSettings) -> TopicSettings {
    guard let section = field.section() else { return defaults }
    var topics = defaults
    topics.prefix = section.optional("prefix")?.topic() ?? topics.prefix
    topics.reading = section.optional("reading")?.topic() ?? topics.reading
    topics.state = section.optional("state")?.topic() ?? topics.state
    topics.event = section.optional("event")?.topic() ?? topics.event
    return topics
  }

  func buffer(_ field: Field?) -> BufferSettings {
    var settings = BufferSettings()
    if let section = field?.section() {
      settings.directory = section.optional("directory")?.formed() ?? settings.directory
      settings.size = section.optional("size")?.size() ?? settings.size
      settings.durableAfter = section.optional("durable_after")?.duration() ?? settings.durableAfter
      settings.whenFull = section.optional("when_full")?.choice() ?? settings.whenFull
      settings.maximumAge = section.optional("max_age")?.duration()
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
