import Drivers

/// `devices.yaml` → `Settings`, or everything that is wrong with it.
public enum ConfigurationLoader {
  /// A larger file is none of ours.
  private static let limit = 1 << 20

  /// Reads and checks a file. `environment` gives the variables that secrets and FIELDPOST_BROKER, FIELDPOST_BUFFER
  /// may name.
  public static func load(
    path: String, environment: @escaping (String) -> String?, catalog: [Chip] = Catalog.chips
  ) throws(ConfigurationError) -> Settings {
    switch loadFile(path, limit: limit) {
    case .success(let file):
      do throws(ConfigurationError) {
        return try load(file.bytes, file: path, environment: environment, catalog: catalog)
      } catch {
        throw error.withExposure(of: file)
      }
    case .failure(let failure):
      let problem = Problem(line: 0, column: 0, path: "", reason: failure.reason)
      throw ConfigurationError(file: path, lines: [], problems: [problem])
    }
  }

  /// The same for bytes that have been read; `file` is for messages.
  public static func load(
    _ bytes: [UInt8], file: String, environment: @escaping (String) -> String?, catalog: [Chip] = Catalog.chips
  ) throws(ConfigurationError) -> Settings {
    // Windows' editors begin a file with the mark U+FEFF, which libyaml would take for text.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
    let findings = Findings()
    var settings: Settings?
    do throws(Problem) {
      if let root = try YAMLParser.parse(bytes), !root.isNull {
        settings = read(Field(node: root, path: "", findings: findings), environment, catalog)
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
  private static func read(_ root: Field, _ environment: @escaping (String) -> String?, _ catalog: [Chip]) -> Settings?
  {
    guard let section = root.section(["device", "uplink", "buffer", "defaults", "buses", "sensors"]) else { return nil }
    let reader = UplinkReader(environment: environment, findings: root.findings)
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
