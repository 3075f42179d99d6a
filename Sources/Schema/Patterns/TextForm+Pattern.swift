import Configuration

extension TextForm {
  /// A regular expression (ECMA 262) for the rule; nil: any text that is not empty.
  package var pattern: String? {
    switch self {
    case .any, .like, .driver, .file, .alpn: nil
    case .name, .credential: "^[A-Za-z0-9._-]{1,64}$"
    case .variable: "^[A-Z0-9_]+$"
    case .directory: "^/"
    case .logFile, .socket: "^/.*[^/]$"
    case .metricsFile: "^/.*\\.prom$"
    case .adapter: "^\(Self.adapterPattern)$"
    case .bus: "^\(Self.adapterPattern)(/mux@0x7[0-7]/[0-7])?$"
    case .brokerURL: Self.brokerPattern
    case .deviceID: "^\(letters("[A-Za-z0-9._-]"))$"
    case .clientID, .username, .pskIdentity: "^\(letters("[^{]"))$"
    case .topic(_, let required):
      "^(?!\\$)" + required.map { "(?=.*\\{\($0)\\})" }.joined() + "\(level)(/\(level))*$"
    case .filter: "^(?!\\$)(#|(\\+|\(level))(/(\\+|\(level)))*(/#)?)$"
    }
  }

  /// The longest text; nil: there is no limit, or placeholders make the text longer than what it stands for.
  package var longest: Int? {
    switch self {
    case .socket: Self.longestSocket
    case .alpn: Self.longestALPN
    case .topic, .filter: 512
    default: nil
    }
  }

  /// Whether the text may look like a number, which YAML takes it for then.
  var mayBeNumber: Bool {
    switch self {
    case .directory, .logFile, .metricsFile, .socket, .file, .adapter, .bus, .brokerURL: false
    default: true
    }
  }

  private static let adapterPattern = "i2c-(\(IntegerPattern.pattern(0, 65_535)))"

  private static let brokerPattern =
    "^[mM][qQ][tT][tT][sS]?://(?!.*%40)(\\[[A-Za-z0-9.:%_-]+\\]|[A-Za-z0-9.%_-]+)"
    + "(:0*(\(IntegerPattern.pattern(1, 65_535))))?/?$"

  /// Letters, and the form's placeholders among them.
  private func letters(_ letter: String) -> String {
    placeholders.isEmpty ? "\(letter)+" : "(\(letter)|\\{(\(placeholders.joined(separator: "|")))\\})+"
  }

  /// One level of a topic.
  private var level: String { letters("[^/+#{\\u0000-\\u001f\\u007f]") }
}
