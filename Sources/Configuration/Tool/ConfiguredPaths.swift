/// The paths in a configuration, whatever else is wrong with it: for a person who examines a board that does not work.
/// No secret is read.
package struct ConfiguredPaths: Hashable, Sendable {
  package var spool = BufferSettings().directory
  package var socket = StatusSettings().socket
  /// The log file; nil: the daemon has none.
  package var logFile: String?
  /// The ids of the configured sensors.
  package var sensors: [String] = []

  /// Nil: the file cannot be read, or is not YAML.
  package init?(of path: String) {
    guard let file = try? Document.load(path, called: path) else { return nil }
    self.init(file.bytes)
  }

  init?(_ bytes: [UInt8]) {
    guard let root = try? YAMLParser.parse(withoutMark(bytes)) else { return nil }
    spool = root.text("buffer", "directory") ?? spool
    socket = root.text("status", "socket") ?? socket
    logFile = root.text("log", "file")
    if case .sequence(let items)? = root["sensors"]?.content { sensors = items.compactMap { $0["id"]?.scalar } }
  }
}

extension YAMLNode {
  /// A path in a group. A text that is not a path is refused by the daemon too, and may be anything.
  fileprivate func text(_ group: String, _ key: String) -> String? {
    guard let text = self[group]?[key]?.scalar, text.hasPrefix("/"), !Disclosure.mayBeSecret(text) else { return nil }
    return text
  }

  fileprivate var scalar: String? {
    guard case .scalar(let text, _) = content, !text.isEmpty else { return nil }
    return text
  }
}
