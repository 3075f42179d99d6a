import Telemetry

/// The topics of one gateway with its names filled in. Each kind of message needs a topic of its own: readings on the
/// state's topic would replace the state, and readings on the commands' topic would be taken for commands.
struct OwnTopics {
  /// A topic and the key in the file that sets it, in parts: `topics` and `state`.
  struct Topic {
    let group: String
    let name: String
    let text: String

    var key: String { "uplink.\(group).\(name)" }
  }

  private let reading: String
  private let state: Topic
  private let event: Topic
  /// Nil: the gateway accepts no commands.
  private let command: Topic?
  private let response: Topic?
  private let shared: Topic?

  init(_ topics: TopicSettings, _ commands: CommandSettings?, device: String) {
    func filled(_ template: String) -> String {
      template.filling("prefix", topics.prefix).filling("device", device)
    }
    func ofCommands(_ key: String, _ template: KeyPath<CommandSettings, String>) -> Topic? {
      commands.map { Topic(group: "commands", name: key, text: filled($0[keyPath: template])) }
    }
    reading = filled(topics.reading)
    state = Topic(group: "topics", name: "state", text: filled(topics.state))
    event = Topic(group: "topics", name: "event", text: filled(topics.event))
    command = ofCommands("topic", \.topic)
    response = ofCommands("response", \.response)
    shared = commands?.share == nil ? nil : ofCommands("shared_topic", \.sharedTopic)
  }

  private var all: [Topic] { [state, event] + [command, response, shared].compactMap { $0 } }

  /// The key of the topic that the readings of this sensor would go to; nil: no topic of the gateway.
  func collision(of sensor: String) -> String? {
    let topic = reading.filling("sensor", sensor)
    return all.first { $0.text == topic }?.key
  }

  /// Reports topics of the gateway that are the same. `uplink` is the section, to point at the keys.
  func separate(_ uplink: Field) {
    let topics = all
    for (index, topic) in topics.enumerated() {
      for other in topics[(index + 1)...] where topic.text == other.text {
        let place = place(other, uplink) ?? place(topic, uplink) ?? uplink.value(other.group) ?? uplink
        place.mistake("\(topic.key) and \(other.key) must be different topics")
      }
    }
  }

  private func place(_ topic: Topic, _ uplink: Field) -> Field? { uplink.value(topic.group)?.value(topic.name) }
}
