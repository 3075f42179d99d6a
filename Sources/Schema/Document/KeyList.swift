import Configuration
import Drivers

/// All keys of `devices.yaml` for a person. A driver's own options are not among them: `fieldpost drivers` lists those.
package struct KeyList {
  package struct Row: Sendable {
    /// The path of the key, without the places in lists: `sensors.alarms.high`.
    package let path: String
    /// The permitted values, in words.
    package fileprivate(set) var words: String
    package let isRequired: Bool
    package let usual: JSON?
  }

  package private(set) var rows: [Row] = []
  private var index: [String: Int] = [:]

  package init() {
    add(Keys.root, in: "")
    for chip in Catalog.chips {
      let options = chip.options.map(\.name)
      add(Keys.sensor(chip).filter { !options.contains($0.name) }, in: "sensors")
    }
  }

  private mutating func add(_ keys: [Key], in home: String) {
    for key in keys where !key.isMisplaced {
      let (path, below) = (Notes.path(of: key, in: home), Notes.home(of: key, in: home))
      let row = Row(
        path: path, words: key.shape.words ?? key.shape.kind, isRequired: key.purpose != nil,
        usual: Notes.all[path]?.usual)
      if let place = index[path] {
        if rows[place].words != row.words { rows[place].words = "what the driver allows" }
      } else {
        index[path] = rows.count
        rows.append(row)
      }
      // The keys of a quantity's group are those that are directly in the sensor.
      if below != home { add(key.shape.keys, in: below) }
    }
  }
}

extension Shape {
  /// The keys of a group, or of the groups in a list.
  fileprivate var keys: [Key] {
    switch self {
    case .group(let keys), .oneOf(let keys), .list(.group(let keys), _): keys
    default: []
    }
  }

  /// The shape in a word.
  fileprivate var kind: String {
    switch self {
    case .group, .oneOf: "a group of keys"
    case .list: "a list"
    case .text(.topic): "a topic"
    case .text(.file): "the path of a file"
    default: "a text"
    }
  }
}

extension KeyList {
  /// The list of the man page, in mdoc: `.It Ic uplink.qos`, and a line below.
  package var manual: String {
    rows.map { row in
      let usual = row.isRequired ? "; required" : row.usual.map { "; default \($0.plain)" } ?? ""
      return ".It Ic \(row.path)\n" + Self.escaped(sentence(row.words + usual))
    }.joined(separator: "\n")
  }

  private static func escaped(_ text: String) -> String {
    let escaped = text.map { letter in
      switch letter {
      case "\\": "\\e"
      case "-": "\\-"
      case "°": "\\(de"
      default: "\(letter)"
      }
    }.joined()
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}

extension JSON {
  /// The value as the file would have it.
  fileprivate var plain: String { if case .text(let text) = self { text } else { rendered } }
}
