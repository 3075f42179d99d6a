/// Text in the OpenMetrics format 1.0, with gauges and counters only. It is also valid in Prometheus's older text
/// format, except that the type of counters is lost there.
struct OpenMetrics {
  enum Kind: String { case gauge, counter }

  private(set) var text = ""

  /// Adds a metric and its samples, or nothing if there are none. `unit` is the end of the metric's name, as the format
  /// requires.
  mutating func add(
    _ name: String, _ kind: Kind, unit: String? = nil, _ help: String, _ samples: [(labels: [Label], value: String)]
  ) {
    guard !samples.isEmpty else { return }
    let family = "fieldpost_\(name)\(unit.map { "_" + $0 } ?? "")"
    text += "# TYPE \(family) \(kind.rawValue)\n"
    if let unit { text += "# UNIT \(family) \(unit)\n" }
    text += "# HELP \(family) \(Self.escaped(help))\n"
    let sample = kind == .counter ? family + "_total" : family
    for (labels, value) in samples {
      let inside = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      text += "\(sample)\(labels.isEmpty ? "" : "{\(inside)}") \(value)\n"
    }
  }

  /// Adds a metric with one sample.
  mutating func add(_ name: String, _ kind: Kind, unit: String? = nil, _ help: String, _ value: String) {
    add(name, kind, unit: unit, help, [([], value)])
  }

  /// The whole file.
  mutating func end() -> [UInt8] { Array((text + "# EOF\n").utf8) }

  struct Label {
    let name: String
    let value: String

    init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
