/// A group of keys in the file.
struct Section {
  let field: Field
  private let entries: [String: YAMLNode.Entry]
  /// Keys that were probably meant by misspelt ones: their absence is not a second mistake.
  private let misspelt: Set<String>

  var findings: Diagnostics { field.findings }

  /// Nil, with a mistake, when the field is not a group of keys. Unknown keys, and keys that are used twice, are
  /// mistakes. `usual`: how many of the known keys a message names when there are many.
  init?(_ field: Field, known: [String], usual: Int = 0) {
    // The findings are full: further mistakes would not be shown.
    guard !field.findings.isFull else { return nil }
    guard case .mapping(let list) = field.node.content else {
      field.mistake("must be a group of keys, not \(field.node.kind)")
      return nil
    }
    self.field = field
    var entries: [String: YAMLNode.Entry] = [:]
    var misspelt: Set<String> = []
    for entry in list {
      guard !field.findings.isFull else { break }
      if let first = entries[entry.key] {
        field.findings.add(
          entry.keyMark, Self.path(field.path, entry.key),
          "the key \"\(shortened(entry.key))\" is used twice; it is first on line \(first.keyMark.line)",
          hidesValue: true)
      } else {
        entries[entry.key] = entry
      }
      if known.contains(entry.key) {
        field.findings.recognise(entry.keyMark)
      } else {
        if let meant = Suggestion.closest(to: entry.key, among: known) { misspelt.insert(meant) }
        field.findings.add(
          entry.keyMark, Self.path(field.path, entry.key),
          "unknown key \"\(shortened(entry.key))\"" + Self.advice(on: entry, known, usual),
          hidesValue: true)
      }
    }
    // Unknown keys are dropped: reading them too would make two mistakes of one key.
    self.entries = entries.filter { known.contains($0.key) }
    self.misspelt = misspelt
  }

  /// Between braces a comma ends a value: `{offset: 0,3}` has a key `3`.
  private static func advice(on entry: YAMLNode.Entry, _ known: [String], _ usual: Int) -> String {
    if entry.value.isNull, isDigits(entry.key) {
      return "; a comma ends a value between braces: write a number with a point, as in 0.3"
    }
    return Suggestion.clause(for: entry.key, among: known, usual: usual)
  }

  /// The value of a key; nil when the key is absent or has nothing after it.
  func optional(_ key: String) -> Field? {
    guard let entry = entries[key], !entry.value.isNull else { return nil }
    return Field(node: entry.value, path: Self.path(field.path, key), findings: findings)
  }

  /// The value of a key whose absence is a mistake.
  func required(_ key: String, _ meaning: String) -> Field? {
    if let field = optional(key) { return field }
    if misspelt.contains(key) { return nil }
    let mark = entries[key]?.keyMark ?? field.node.mark
    findings.add(mark, Self.path(field.path, key), "is missing: \(meaning)")
    return nil
  }

  /// The place of a key, to point at it.
  func mark(_ key: String) -> Mark { entries[key]?.keyMark ?? field.node.mark }

  private static func path(_ parent: String, _ key: String) -> String {
    parent.isEmpty ? shortened(key) : "\(parent).\(shortened(key))"
  }
}
