import Telemetry

/// The topics of remote commands to one device.
package struct CommandTopics: Hashable, Sendable {
  /// Where this device takes them.
  package let own: String
  /// Where any member of a group does, and the group.
  package let shared: String?
  package let group: String?
  /// Where answers go when the command does not say where to.
  package let response: String
  /// Below this a command may have its answer anywhere.
  package let home: String
  /// Topic filters: there too.
  private let allowed: [String]

  /// Fills in `{prefix}` and `{device}`, in `shared` only the former. `allowed`: topic filters.
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

  /// Whether an answer may go there because a command says so. Who may publish a command need not have the gateway's rights
  /// at the broker, and shall not borrow them.
  func mayAnswer(at topic: String) -> Bool {
    topic == response || topic.utf8.starts(with: home.utf8) || allowed.contains { Self.filter($0, takes: topic) }
  }

  /// MQTT 5.0, 4.7: `+` stands for one level, `#` for all that follow; neither for the broker's own topics.
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

  /// What to subscribe to. `$share/GROUP/…` gives each message to one member (MQTT 5.0, 4.8.2).
  var subscriptions: [TopicSubscription] {
    let shared = self.shared.flatMap { topic in group.map { TopicSubscription("$share/\($0)/\(topic)", isShared: true) }
    }
    return [TopicSubscription(own, isShared: false)] + (shared.map { [$0] } ?? [])
  }
}
