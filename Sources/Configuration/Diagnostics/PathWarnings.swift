import Drivers

extension Settings {
  /// Warnings about paths that a person who checks the configuration by hand can use, but the daemon in the packaged
  /// unit cannot. Shown at every check and trial.
  package var hiddenPathWarnings: [String] {
    let tls = uplink.tls
    let settings: [(String, String?)] = [
      ("uplink.password.file", uplink.credentials?.passwordFile), ("uplink.tls.ca", tls?.authorities),
      ("uplink.tls.certificate", tls?.certificate), ("uplink.tls.key", tls?.key),
    ]
    let outputs: [(String, String?)] = [
      ("buffer.directory", buffer.directory), ("log.file", log.file?.path), ("metrics.file", status.metrics?.file),
      ("status.socket", status.socket),
    ]
    let values = sensors.enumerated().map { ("sensors[\($0.offset)].path", $0.element.options.text("path")) }
    return hidden(settings, .setting) + hidden(outputs, .output) + hidden(values, .value)
  }

  private func hidden(_ paths: [(String, String?)], _ use: HiddenPath.Use) -> [String] {
    paths.compactMap { key, path in
      guard let path, let hidden = HiddenPath(path, for: use) else { return nil }
      return "\(key): \(shortened(path, to: 200)): \(hidden.advice)"
    }
  }
}
