import Telemetry

/// The topics of remote commands to one device.
package struct CommandTopics: Hashable, Sendable {
  /// The topic where this device takes commands.
  package let own: String
  /// The topic where any one member of a group takes commands, and the group; nil without a group.
  package let shared: String?
  package let group: String?
  /// The topic of answers to commands that name no response topic.
  package let response: String
  /// Prefix of the topics to which a command may always direct its answer.
  package let home: String
  /// Topic filters: a command may also direct its answer there.
  private let allowed: [String]

  /// Fills in `{prefix}` and `{device}`; in `shared` only `{prefix}`. `allowed`: topic filters.
  package init(
    prefix: String, device: String, own: String, response: String, shared: String, group: String?,
    allowed: [String] = []
  ) {
    home = "\(prefix)/\(device)/"
    self.allowed = allowed.map { $0.filling("prefix", prefix).filling("device", device) }
    self.own = own.filling("prefix", prefix).filling("device", device)
    self.response = response.filling("prefix", prefix).filling("device", device)
    self.shared = group == nil ? nil : shared.filling("prefix", prefix)
    self.group = group
  }

  /// Whether an answer may go to the topic that a command asks for. A client that may publish commands need not have
  /// the gateway's rights at the broker, and must not borrow them.
  func mayAnswer(at topic: String) -> Bool {
    topic == response || topic.utf8.starts(with: home.utf8) || allowed.contains { Self.filter($0, takes: topic) }
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

  /// The subscriptions for commands. `$share/GROUP/…` gives each message to one member (MQTT 5.0, 4.8.2).
  var subscriptions: [TopicSubscription] {
    let shared = self.shared.flatMap { topic in group.map { TopicSubscription("$share/\($0)/\(topic)", isShared: true) }
    }
    return [TopicSubscription(own, isShared: false)] + (shared.map { [$0] } ?? [])
  }
}
