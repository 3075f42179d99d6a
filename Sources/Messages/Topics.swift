import Telemetry

/// The topics of one device, from the templates of the configuration, which has already checked them.
package struct Topics: Hashable, Sendable {
  private let readingTemplate: String
  package let state: String
  package let event: String

  /// Fills in `{prefix}` and `{device}`; `{sensor}` in `reading` is filled in for each message.
  package init(prefix: String, device: String, reading: String, state: String, event: String) {
    func filled(_ template: String) -> String { template.filling("prefix", prefix).filling("device", device) }
    readingTemplate = filled(reading)
    self.state = filled(state)
    self.event = filled(event)
  }

  package func reading(_ sensor: String) -> String { readingTemplate.filling("sensor", sensor) }
}
