import Drivers

/// Turns a scenario into `ScenarioSettings`, or reports all its mistakes.
package enum ScenarioLoader {
  /// Reads and checks a file, for the sensors of `settings`.
  package static func load(path: String, for settings: Settings) throws(ConfigurationError) -> ScenarioSettings {
    try load(Document.load(path, called: path).bytes, file: path, for: settings)
  }

  /// The same for bytes already read; other files are looked for beside `file`.
  package static func load(
    _ bytes: [UInt8], file: String, for settings: Settings
  ) throws(ConfigurationError) -> ScenarioSettings {
    let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let reader = ScenarioReader(sensors: settings.sensors, directory: file.contains("/") ? directory + "/" : "")
    return try Document.read(bytes, file: file, reader.read)
  }
}

/// Reads a whole scenario.
struct ScenarioReader {
  let sensors: [SensorSettings]
  /// Folder of its other files, with a slash at the end, or empty.
  let directory: String

  /// Nil only after a mistake was found.
  func read(_ root: Field) -> ScenarioSettings? {
    guard let section = root.section(["sensors", "buses"]) else { return nil }
    var scenario = ScenarioSettings()
    var lines: [String: Int] = [:]
    for item in section.optional("sensors")?.list() ?? [] {
      guard let (sensor, section) = self.sensor(item, &lines) else { continue }
      scenario.sensors[sensor.id] = story(section, sensor.chip)
    }
    lines = [:]
    for item in section.optional("buses")?.list() ?? [] {
      guard let section = item.section(["name", "faults"]),
        let name = section.required("name", "the bus, such as i2c-1").flatMap({ bus($0, &lines) })
      else { continue }
      scenario.buses[name] = FaultReader(what: "a bus", possible: ["stuck"]).faults(section.optional("faults"))
    }
    return scenario
  }

  /// The sensor decides which keys may be beside its id. For an unknown sensor nothing more is reported.
  private func sensor(_ item: Field, _ lines: inout [String: Int]) -> (SensorSettings, Section)? {
    guard case .mapping(let entries) = item.node.content else {
      item.mistake("must be a group of keys (id, faults, …), not \(item.node.kind)")
      return nil
    }
    guard let entry = entries.first(where: { $0.key == "id" }), !entry.value.isNull else {
      item.mistake("needs id: the sensor's in the configuration")
      return nil
    }
    let field = Field(node: entry.value, path: item.path + ".id", findings: item.findings)
    guard let id = field.text() else { return nil }
    guard let sensor = sensors.first(where: { $0.id == id }) else {
      field.mistake(
        "the configuration has no sensor \"\(shortened(id))\"" + Suggestion.clause(for: id, among: sensors.map(\.id)))
      return nil
    }
    guard isNew(field, id, &lines) else { return nil }
    return item.section(["id", "faults"] + sensor.chip.measures.map(\.name)).map { (sensor, $0) }
  }

  private func bus(_ field: Field, _ lines: inout [String: Int]) -> String? {
    let known = sensors.compactMap(\.connection.adapter).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    guard let name = field.text() else { return nil }
    guard known.contains(name) else {
      field.mistake(
        "the configuration has no sensor on \"\(shortened(name))\"" + Suggestion.clause(for: name, among: known))
      return nil
    }
    return isNew(field, name, &lines) ? name : nil
  }

  private func isNew(_ field: Field, _ name: String, _ lines: inout [String: Int]) -> Bool {
    if let line = lines[name] {
      field.mistake("\"\(name)\" is already on line \(line)")
      return false
    }
    lines[name] = field.node.mark.line
    return true
  }

  private func story(_ section: Section, _ chip: Chip) -> SensorScenario {
    var story = SensorScenario()
    for kind in chip.measures {
      guard let field = section.optional(kind.name) else { continue }
      story.curves[kind] = ScenarioCurveReader(kind: kind, directory: directory).curve(field)
    }
    story.faults = FaultReader(what: chip.name, possible: chip.possibleFaults).faults(section.optional("faults"))
    return story
  }
}
