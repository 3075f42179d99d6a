import Configuration
import Drivers

/// The schemas of sensors: one for each driver, chosen by the key `driver`.
struct SensorSchema {
  private let groups: [(driver: String, pattern: String, schema: JSON)]
  private let shared: SharedProperties

  init(_ chips: [Chip]) {
    groups = chips.map { chip in
      let schema = GroupSchema { key, home in Notes.all[Notes.path(of: key, in: home)] ?? Self.note(key, of: chip, home)
      }
      return (chip.name, DriverNames.pattern(of: chip), schema.group(Keys.sensor(chip), in: "sensors"))
    }
    shared = SharedProperties(of: groups.map(\.schema))
  }

  /// The note on a driver's own option.
  private static func note(_ key: Key, of chip: Chip, _ home: String) -> Note? {
    guard home == "sensors", let option = chip.options.first(where: { $0.name == key.name }) else { return nil }
    return Note(option.meaning.prefix(1).uppercased() + option.meaning.dropFirst() + ".")
  }

  /// Any sensor. Until the driver is known, only the keys of all sensors are.
  var item: JSON {
    [
      "type": "object",
      "properties": ["id": reference(to: "id"), "driver": reference(to: "driver")],
      "required": ["id", "driver"],
      "allOf": .list(groups.map { choice($0.driver, $0.pattern) }),
    ]
  }

  private func choice(_ driver: String, _ pattern: String) -> JSON {
    let name: JSON = ["type": "string", "pattern": .text(pattern)]
    return [
      "if": ["properties": ["driver": name], "required": ["driver"]], "then": reference(to: "driver-\(driver)"),
    ]
  }

  /// The definitions that the schema of any sensor refers to.
  var definitions: [JSON.Member] {
    shared.definitions
      + groups.map { JSON.Member(name: "driver-\($0.driver)", value: shared.referring($0.schema)) }
  }
}

func reference(to definition: String) -> JSON { ["$ref": .text("#/$defs/\(definition)")] }

/// Properties that several groups have alike, which the schema defines once.
private struct SharedProperties {
  private(set) var definitions: [JSON.Member] = []
  private var names: [JSON.Member: String] = [:]

  init(of groups: [JSON]) {
    var (seen, variants): (Set<JSON.Member>, [String: Int]) = ([], [:])
    for property in groups.flatMap({ $0["properties"]?.members ?? [] }) {
      guard !seen.insert(property).inserted, names[property] == nil else { continue }
      let variant = variants[property.name, default: 0] + 1
      variants[property.name] = variant
      let name = variant == 1 ? property.name : "\(property.name)-\(variant)"
      names[property] = name
      definitions.append(JSON.Member(name: name, value: property.value))
    }
  }

  /// The group with references in place of these properties.
  func referring(_ group: JSON) -> JSON {
    let properties = group["properties"]?.members ?? []
    return group.replacing(
      "properties",
      by: .object(
        properties.map { property in
          JSON.Member(name: property.name, value: names[property].map { reference(to: $0) } ?? property.value)
        }))
  }
}
