/// What may be asked of the gateway over MQTT, and where.
public struct CommandSettings: Hashable, Sendable {
  public enum Name: String, CaseIterable, Sendable {
    case readNow = "read-now"
    case status
    case logLevel = "log-level"
    case interval
  }

  /// At least one.
  public var allowed: [Name]
  /// `{prefix}` and `{device}` are filled in.
  public var topic = "{prefix}/{device}/command"
  /// Where answers go when the command does not say; as `topic`.
  public var response = "{prefix}/{device}/response"
  /// Topic filters: where a command may have its answer, besides below `{prefix}/{device}/`. Placeholders as in `topic`.
  public var responseTopics: [String] = []
  /// The group that takes part in `sharedTopic`, with MQTT 5; nil: none does.
  public var share: String?
  /// `{prefix}` is filled in.
  public var sharedTopic = "{prefix}/command"

  public init(allowed: [Name]) { self.allowed = allowed }
}
