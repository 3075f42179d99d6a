/// Which commands the gateway accepts over MQTT, and on which topics.
package struct CommandSettings: Hashable, Sendable {
  package enum Name: String, CaseIterable, Sendable {
    case readNow = "read-now"
    case status
    case logLevel = "log-level"
    case interval
  }

  /// Accepted commands, at least one.
  package var allowed: [Name]
  /// `{prefix}` and `{device}` are filled in.
  package var topic = "{prefix}/{device}/command"
  /// Topic for answers to commands that name no response topic. Placeholders as in `topic`.
  package var response = "{prefix}/{device}/response"
  /// Topic filters for permitted response topics, besides those below `{prefix}/{device}/`. Placeholders as in `topic`.
  package var responseTopics: [String] = []
  /// Group of the shared subscription to `sharedTopic` (MQTT 5); nil: no shared subscription.
  package var share: String?
  /// `{prefix}` is filled in.
  package var sharedTopic = "{prefix}/command"

  package init(allowed: [Name]) { self.allowed = allowed }
}
