import Drivers

/// The section `buses`.
struct BusReader {
  private static let powerLine = LineReader(prefix: "power")

  let sensors: [SensorSettings]

  func buses(_ field: Field?) -> [BusSettings] {
    guard let items = field?.list() else { return [] }
    var lines: [String: Int] = [:]
    return items.compactMap { item in
      guard let section = item.section(), let name = self.name(section, &lines)
      else { return nil }
      return BusSettings(name: name, power: power(section))
    }
  }

  private func name(_ section: Section, _ lines: inout [String: Int]) -> String? {
    guard let field = section.required("name"), let name = field.formed() else { return nil }
    if let line = lines[name] {
      field.mistake("\"\(name)\" is already on line \(line)")
      return nil
    }
    lines[name] = field.node.mark.line
    if !sensors.contains(where: { $0.connection.adapter == name }) { field.mistake("no sensor is on \(name)") }
    return name
  }

  private func power(_ section: Section) -> PowerLine? {
    let activeLow = section.optional("power_active_low")?.boolean() ?? false
    return Self.powerLine.selector(section).map { PowerLine(selector: $0, activeLow: activeLow) }
  }
}

extension SensorSettings.Connection {
  var adapter: String? { if case .i2c(let bus, _) = self { bus.adapter } else { nil } }
}
