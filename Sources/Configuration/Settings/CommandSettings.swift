/// What may be asked of the gateway over MQTT, and where.
package struct CommandSettings: Hashable, Sendable {
  package enum Name: String, CaseIterable, Sendable {
    case readNow = "read-now"
    case status
    case logLevel = "log-level"
    case interval
  }

  /// At least one.
  package var allowed: [Name]
  /// `{prefix}` and `{device}` are filled in.
  package var topic = "{prefix}/{device}/command"
  /// Where answers go when the command does not say; as `topic`.
  package var response = "{prefix}/{device}/response"
  /// Topic filters: where a command may have its answer, besides below `{prefix}/{device}/`. Placeholders as in `topic`.
  package var responseTopics: [String] = []
  /// The group that takes part in `sharedTopic`, with MQTT 5; nil: none does.
  package var share: String?
  /// `{prefix}` is filled in.
  package var sharedTopic = "{prefix}/command"

  package init(allowed: [Name]) { self.allowed = allowed }
}
