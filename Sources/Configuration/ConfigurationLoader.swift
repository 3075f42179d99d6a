import Drivers

/// `devices.yaml` → `Settings`, or everything that is wrong with it.
public enum ConfigurationLoader {
  /// A larger file is none of ours.
  private static let limit = 1 << 20

  /// Reads and checks a file. `environment` gives the variables that secrets and FIELDPOST_BROKER, FIELDPOST_BUFFER
  /// may name; `board` has the files that name the board in `device.id`, whose placeholders stay as they are without it.
  /// Relative paths in the file are beside it. `name` is what messages call the file.
  public static func load(
    path: String, called name: String? = nil, environment: (String) -> String?, board: (any Sysfs)?,
    catalog: [Chip] = Catalog.chips
  ) throws(ConfigurationError) -> Settings {
    let name = name ?? path
    switch loadFile(path, limit: limit, name: name) {
    case .success(let file):
      do throws(ConfigurationError) {
        return try load(
          file.bytes, file: name, environment: environment, board: board,
          directory: Surroundings.directory(of: path), catalog: catalog)
      } catch {
        throw error.withExposure(of: file)
      }
    case .failure(let failure):
      let problem = Problem(line: 0, column: 0, path: "", reason: failure.reason)
      throw ConfigurationError(file: name, lines: [], problems: [problem])
    }
  }

  /// The same for bytes that have been read; `file` is for messages. `directory` ends with a `/`.
  public static func load(
    _ bytes: [UInt8], file: String, environment: (String) -> String?, board: (any Sysfs)? = nil,
    directory: String = "", catalog: [Chip] = Catalog.chips
  ) throws(ConfigurationError) -> Settings {
    let bytes = withoutMark(bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
    let findings = Findings()
    var settings: Settings?
    do throws(Problem) {
      if let root = try YAMLParser.parse(bytes), !root.isNull {
        settings = withoutActuallyEscaping(environment) {
          let surroundings = Surroundings(environment: $0, directory: directory, board: board)
          return read(Field(node: root, path: "", findings: findings), surroundings, catalog)
        }
      } else {
        findings.add(outside: "", "the file is empty")
      }
    } catch {
      // libyaml counts one line more when the last one has no newline at its end.
      let end = Mark(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
      findings.add(min(Mark(line: error.line, column: error.column), end), error.path, error.reason)
    }
    if let settings, findings.problems.isEmpty { return settings }
    throw ConfigurationError(file: file, lines: lines.map(String.init), problems: findings.sorted)
  }

  /// Nil only after a mistake was found.
  private static func read(_ root: Field, _ surroundings: Surroundings, _ catalog: [Chip]) -> Settings? {
    guard let section = root.section(["device", "uplink", "buffer", "defaults", "buses", "sensors"]) else { return nil }
    let reader = UplinkReader(surroundings: surroundings, findings: root.findings)
    let device = section.required("device", "it says who this gateway is").flatMap(reader.device)
    let uplink = section.required("uplink", "it says where the readings go").flatMap {
      reader.uplink($0, device: device?.id ?? "")
    }
    let buffer = reader.buffer(section.optional("buffer"))
    let defaults = section.optional("defaults")?.section(["every"])
    let interval = defaults?.optional("every")?.duration(.seconds(1)...(.seconds(86_400)))
    let sensors = section.required("sensors", "the list of what to read").map { field in
      let reserved = ["state", "event"] + (uplink?.commands == nil ? [] : CommandSettings.reserved)
      return SensorsReader(reserved: reserved, catalog: catalog, findings: root.findings, interval: interval)
        .sensors(field)
    }
    guard let device, let uplink, let sensors else { return nil }
    var settings = Settings(device: device, uplink: uplink, sensors: sensors)
    settings.buffer = buffer
    settings.buses = BusReader(sensors: sensors).buses(section.optional("buses"))
    return settings
  }
}
