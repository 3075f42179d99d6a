/// Reads the sections `status` and `metrics`.
struct StatusReader {
  let environment: (String) -> String?

  /// The limit of `sockaddr_un`, less room for a suffix.
  private static let longestSocket = 103

  func read(_ root: Section) -> StatusSettings {
    var settings = StatusSettings()
    // Set by systemd (RuntimeDirectory=): absolute paths, separated by colons.
    if let directory = environment("RUNTIME_DIRECTORY")?.split(separator: ":").first, directory.hasPrefix("/") {
      settings.socket = directory + "/status"
    }
    if let socket = root.optional("status")?.section(["socket"])?.optional("socket") {
      settings.socket =
        socket.text("an absolute path of at most \(Self.longestSocket) bytes") {
          $0.hasPrefix("/") && !$0.hasSuffix("/") && $0.utf8.count <= Self.longestSocket
        } ?? settings.socket
    }
    settings.metrics = root.optional("metrics").flatMap(metrics)
    return settings
  }

  private func metrics(_ field: Field) -> MetricsSettings? {
    guard let section = field.section(["file", "every"]) else { return nil }
    let every = section.optional("every")?.duration(.seconds(5)...(.seconds(3_600)))
    let file = section.required("file", "the file to write, such as /run/fieldpost/fieldpost.prom").flatMap {
      $0.text("an absolute path that ends in .prom", where: { $0.hasPrefix("/") && $0.hasSuffix(".prom") })
    }
    return file.map {
      var settings = MetricsSettings(file: $0)
      settings.every = every ?? settings.every
      return settings
    }
  }
}
