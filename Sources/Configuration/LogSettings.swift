/// What the daemon says of itself.
public struct LogSettings: Hashable, Sendable {
  /// How often a line sums up what came and went: 1 min … 7 d; nil: never.
  public var summary: Duration? = .seconds(3_600)

  public init() {}
}

/// The section `log`.
struct LogReader {
  func log(_ field: Field?) -> LogSettings {
    var settings = LogSettings()
    guard let section = field?.section(["summary"]) else { return settings }
    if let summary = section.optional("summary") {
      settings.summary =
        summary.isOff ? nil : summary.duration(.seconds(60)...(.seconds(7 * 86_400))) ?? settings.summary
    }
    return settings
  }
}
