/// A place in a file. Line and column count from 1, as editors do; columns are characters.
struct Mark: Hashable, Comparable {
  let line: Int
  let column: Int

  static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A node of the YAML tree with its place in the file.
struct YAMLNode {
  struct Entry {
    let key: String
    let keyMark: Mark
    let value: YAMLNode
  }

  indirect enum Content {
    /// `isPlain`: written without quotes, so that `true` and `48` may mean more than their letters.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  let mark: Mark
  let content: Content

  /// Whether the node is empty: `key:` with nothing after it, `~` or `null`.
  var isNull: Bool {
    if case .scalar(let text, isPlain: true) = content { ["", "~", "null"].contains(text) } else { false }
  }

  /// The node's kind, for messages.
  var kind: String {
    switch content {
    case .scalar: isNull ? "nothing" : "a single value"
    case .sequence: "a list"
    case .mapping: "a group of keys"
    }
  }
}
