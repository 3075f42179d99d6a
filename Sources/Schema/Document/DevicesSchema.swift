import Configuration
import Drivers
import Telemetry

/// The JSON Schema of `devices.yaml` (draft 2020-12), for editors. It refuses no file that the daemon takes, but for
/// numbers in quotes. Only `fieldpost check` finds mistakes between keys, such as two sensors with one id.
package enum DevicesSchema {
  package static let document: JSON = {
    let sensors = SensorSchema(Catalog.chips)
    let groups = GroupSchema { key, home in Notes.all[Notes.path(of: key, in: home)] }
    let root = groups.group(Keys.root, in: "")
    let head: JSON = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": .text("devices.yaml of fieldpost \(fieldpostVersion)"),
      "description": "What a gateway reads, and where the readings go.",
    ]
    return .object(head.members + withItems(reference(to: "any-sensor"), root).members)
      .with("$defs", .object([JSON.Member(name: "any-sensor", value: sensors.item)] + sensors.definitions))
  }()

  /// The root with another schema of each sensor.
  private static func withItems(_ item: JSON, _ root: JSON) -> JSON {
    guard let properties = root["properties"], let sensors = properties["sensors"] else { return root }
    return root.replacing(
      "properties", by: properties.replacing("sensors", by: sensors.replacing("items", by: item)))
  }
}
