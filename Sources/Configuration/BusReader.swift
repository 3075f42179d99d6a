import Drivers

/// The section `buses`.
struct BusReader {
  let sensors: [SensorSettings]

  func buses(_ field: Field?) -> [BusSettings] {
    guard let items = field?.list() else { return [] }
    var lines: [String: Int] = [:]
    return items.compactMap { item in
      guard let section = item.section(["name", "power_line", "power_chip", "power_offset", "power_active_low"]),
        let name = self.name(section, &lines)
      else { return nil }
      return BusSettings(name: name, power: power(section))
    }
  }

  private func name(_ section: Section, _ lines: inout [String: Int]) -> String? {
    guard let field = section.required("name", "the bus, such as i2c-1"),
      let name = field.text("a bus such as i2c-1", where: { BusPath(parsing: $0).map { $0.channel == nil } ?? false })
    else { return nil }
    if let line = lines[name] {
      field.mistake("\"\(name)\" stands on line \(line) already")
      return nil
    }
    lines[name] = field.node.mark.line
    if !sensors.contains(where: { $0.connection.adapter == name }) { field.mistake("no sensor is on \(name)") }
    return name
  }

  private func power(_ section: Section) -> PowerLine? {
    let line = section.optional("power_line")?.text()
    let chip = section.optional("power_chip")?.text()
    let offset = section.optional("power_offset")?.integer(in: 0...1023)
    let activeLow = section.optional("power_active_low")?.boolean() ?? false
    switch (line, chip, offset) {
    case (let line?, nil, nil): return PowerLine(selector: .name(line), activeLow: activeLow)
    case (nil, let chip?, let offset?):
      return PowerLine(selector: .chip(label: chip, offset: UInt32(offset)), activeLow: activeLow)
    default:
      section.field.mistake("it needs `power_line`, or `power_chip` and `power_offset`")
      return nil
    }
  }
}

extension SensorSettings.Connection {
  var adapter: String? { if case .i2c(let bus, _) = self { bus.adapter } else { nil } }
}
