import Telemetry

/// The topics of one device, from the templates of the configuration, which has checked them.
public struct Topics: Hashable, Sendable {
  private let readingTemplate: String
  public let state: String
  public let event: String

  /// Fills in `{prefix}` and `{device}`; `{sensor}` in `reading` is filled in for each message.
  public init(prefix: String, device: String, reading: String, state: String, event: String) {
    func filled(_ template: String) -> String { Self.filled(template, prefix: prefix, device: device) }
    readingTemplate = filled(reading)
    self.state = filled(state)
    self.event = filled(event)
  }

  /// A template with its `{prefix}` and `{device}` filled in.
  public static func filled(_ template: String, prefix: String, device: String) -> String {
    template.filling("prefix", prefix).filling("device", device)
  }

  public func reading(_ sensor: String) -> String { readingTemplate.filling("sensor", sensor) }
}

extension String {
  /// With every `{name}` replaced. By hand: the standard library's `replacing` brings in the regular expression
  /// engine, a megabyte of it.
  fileprivate func filling(_ name: String, _ value: String) -> String {
    let parts = split(separator: "{", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { done, part in
      part.hasPrefix(name + "}") ? done + value + part.dropFirst(name.count + 1) : done + "{" + part
    }
  }
}
