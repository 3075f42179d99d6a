import Drivers

/// Turns `devices.yaml` into `Settings`, or reports all its mistakes.
package enum ConfigurationLoader {
  /// Reads and checks a file. `environment` gives the variables that secrets name, and FIELDPOST_BROKER and
  /// FIELDPOST_BUFFER. `board` has the files for the board's names in `device.id`; without it those placeholders are
  /// kept. Relative paths in the file start at its folder. `name` is what messages call the file. `isElsewhere`: the
  /// file is from another board; secrets are empty, and files that it names are not looked at.
  package static func load(
    path: String, called name: String? = nil, environment: @escaping (String) -> String?, board: (any Sysfs)?,
    isElsewhere: Bool = false
  ) throws(ConfigurationError) -> Settings {
    let name = name ?? path
    let loaded = try Document.load(path, called: name)
    let surroundings = Surroundings(
      environment: environment, directory: Surroundings.directory(of: path), board: board, isElsewhere: isElsewhere)
    do throws(ConfigurationError) {
      return try Document.read(loaded.bytes, file: name) { root in read(root, surroundings, Catalog.chips) }
    } catch {
      throw error.withExposure(of: loaded)
    }
  }

  /// The same for bytes already read. `file` is for messages. `directory` ends with a `/`.
  package static func load(
    _ bytes: [UInt8], file: String, environment: @escaping (String) -> String?, board: (any Sysfs)? = nil,
    directory: String = "", catalog: [Chip] = Catalog.chips
  ) throws(ConfigurationError) -> Settings {
    try Document.read(bytes, file: file) { root in
      read(root, Surroundings(environment: environment, directory: directory, board: board), catalog)
    }
  }

  /// Reads the tree only for its findings: known keys and refused values. Files that it names are not looked at.
  static func explore(_ root: Field) {
    _ = read(root, Surroundings(environment: { _ in nil }, isElsewhere: true), Catalog.chips)
  }

  /// Nil only after a mistake was found.
  private static func read(_ root: Field, _ surroundings: Surroundings, _ catalog: [Chip]) -> Settings? {
    guard let section = Section(root, Keys.root) else { return nil }
    let reader = UplinkReader(surroundings: surroundings, findings: root.findings)
    let device = section.required("device").flatMap(reader.device)
    let uplink = section.required("uplink").flatMap {
      reader.uplink($0, device: device?.id ?? "")
    }
    let buffer = reader.buffer(section.optional("buffer"))
    let interval = section.optional("defaults")?.section()?.optional("every")?.duration()
    let sensors = section.required("sensors").map { field in
      let topics = uplink.map { OwnTopics($0.topics, $0.commands, device: device?.id ?? "") }
      return SensorsReader(topics: topics, catalog: catalog, findings: root.findings, interval: interval)
        .sensors(field)
    }
    let status = StatusReader(environment: surroundings.environment).read(section)
    guard let device, let uplink, let sensors else { return nil }
    var settings = Settings(device: device, uplink: uplink, sensors: sensors)
    settings.buffer = buffer
    settings.log = LogReader().log(section.optional("log"))
    settings.status = status
    settings.buses = BusReader(sensors: sensors).buses(section.optional("buses"))
    return settings
  }
}
