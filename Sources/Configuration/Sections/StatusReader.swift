/// Reads the sections `status` and `metrics`.
struct StatusReader {
  let environment: (String) -> String?

  func read(_ root: Section) -> StatusSettings {
    var settings = StatusSettings()
    // Set by systemd (RuntimeDirectory=): absolute paths, separated by colons.
    if let directory = environment("RUNTIME_DIRECTORY")?.split(separator: ":").first, directory.hasPrefix("/") {
      settings.socket = directory + "/status"
    }
    settings.socket = root.optional("status")?.section()?.optional("socket")?.formed() ?? settings.socket
    settings.metrics = root.optional("metrics").flatMap(metrics)
    return settings
  }

  private func metrics(_ field: Field) -> MetricsSettings? {
    guard let section = field.section() else { return nil }
    let every = section.optional("every")?.duration()
    return section.required("file")?.formed().map {
      var settings = MetricsSettings(file: $0)
      settings.every = every ?? settings.every
      return settings
    }
  }
}
