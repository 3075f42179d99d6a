import Messages
import Telemetry
import Uplink

/// The topics of one device, from the templates of the configuration, which has already checked them.
package struct TopicBook: Hashable, Sendable, AddressBook {
  /// The topics of remote commands.
  package struct Commands: Hashable, Sendable {
    /// The topic where this device takes commands.
    package var own: String
    /// The topic of answers to commands that name no response topic.
    package var response: String
    /// The topic where any one member of `group` takes commands.
    package var shared = ""
    /// Nil: only this device's own topic.
    package var group: String?
    /// Topic filters: a command may also direct its answer there.
    package var allowed: [String] = []
    /// The sensors whose topics take no answers.
    package var sensors: [String] = []

    package init(own: String, response: String) {
      self.own = own
      self.response = response
    }
  }

  private let readingTemplate: String
  private let state: String
  private let events: String
  /// Prefix of the topics to which a command may always direct its answer.
  private let home: String
  private let commands: Commands?
  /// The topics where the gateway itself publishes, or listens: no answers go there.
  private let foreign: Set<String>

  /// Fills in `{prefix}` and `{device}`, in the shared topic only `{prefix}`; `{sensor}` in `reading` is filled in for
  /// each message.
  package init(prefix: String, device: String, reading: String, state: String, event: String, commands: Commands? = nil)
  {
    func filled(_ template: String) -> String { template.filling("prefix", prefix).filling("device", device) }
    readingTemplate = filled(reading)
    self.state = filled(state)
    events = filled(event)
    home = "\(prefix)/\(device)/"
    var filledIn = commands
    filledIn?.own = filled(commands?.own ?? "")
    filledIn?.response = filled(commands?.response ?? "")
    filledIn?.shared = commands?.shared.filling("prefix", prefix) ?? ""
    filledIn?.allowed = commands?.allowed.map(filled) ?? []
    self.commands = filledIn
    var foreign = Set([self.state, events])
    for sensor in commands?.sensors ?? [] { foreign.insert(readingTemplate.filling("sensor", sensor)) }
    if let filledIn {
      foreign.insert(filledIn.own)
      if filledIn.group != nil { foreign.insert(filledIn.shared) }
    }
    self.foreign = foreign
  }

  package func place(of address: Address) -> String {
    switch address {
    case .readings(let sensor): readingTemplate.filling("sensor", sensor)
    case .events: events
    case .state: state
    case .answer(let topic): topic ?? commands?.response ?? ""
    }
  }

  /// Whether the broker is to keep the message for later subscribers.
  func isRetained(_ address: Address) -> Bool { address == .state }

  /// The topic filter of an inlet; nil: there is no such inlet. `$share/GROUP/…` gives each message to one member (MQTT
  /// 5.0, 4.8.2).
  func filter(of inlet: Inlet) -> String? {
    guard let commands else { return nil }
    return switch inlet {
    case .own: commands.own
    case .shared: commands.group.map { "$share/\($0)/\(commands.shared)" }
    }
  }

  /// Why no answer may go to the topic that a command asks for; nil: it may.
  func objection(to topic: String) -> String? {
    if foreign.contains(topic) { return "no answers go to \(excerpt(topic)), which is a topic of the gateway itself" }
    if mayAnswer(at: topic) { return nil }
    return
      "no answers go to \(excerpt(topic)): only below \(excerpt(home)), and where uplink.commands.response_topics allows it"
  }

  /// A client that may publish commands need not have the gateway's rights at the broker, and must not borrow them.
  private func mayAnswer(at topic: String) -> Bool {
    topic == commands?.response || topic.utf8.starts(with: home.utf8)
      || (commands?.allowed ?? []).contains { Self.filter($0, takes: topic) }
  }

  /// MQTT 5.0, 4.7: `+` matches one level, `#` all that follow; neither matches the broker's own topics.
  private static func filter(_ filter: String, takes topic: String) -> Bool {
    let wanted = filter.split(separator: "/", omittingEmptySubsequences: false)
    let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
    if topic.utf8.first == UInt8(ascii: "$"), wanted[0] == "+" || wanted[0] == "#" { return false }
    for (index, level) in wanted.enumerated() {
      if level == "#" { return true }
      guard index < levels.count, level == "+" || level == levels[index] else { return false }
    }
    return wanted.count == levels.count
  }

  /// Size of a packet without its payload, in bytes, at most: fixed header, topic, packet identifier, properties.
  /// `describes`: content type and identity are sent as properties.
  func overhead(describes: Bool) -> Int {
    30 + readingTemplate.utf8.count + Identity.longestSensor + (describes ? 120 : 0)
  }
}
