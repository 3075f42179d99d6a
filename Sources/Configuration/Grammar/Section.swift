/// A group of keys in the file.
struct Section {
  let field: Field
  /// The keys that the group may contain.
  let keys: [Key]
  private let values: [String: (entry: YAMLNode.Entry, shape: Shape)]
  /// Keys that were probably meant by misspelt ones: their absence is not a second mistake.
  private let misspelt: Set<String>

  var findings: Diagnostics { field.findings }

  /// Nil, with a mistake, when the field is not a group of keys. Unknown keys, and keys that are used twice, are
  /// mistakes. `usual`: how many of the keys a message names when there are many.
  init?(_ field: Field, _ keys: [Key], usual: Int = 0) {
    // The findings are full: further mistakes would not be shown.
    guard !field.findings.isFull else { return nil }
    guard case .mapping(let list) = field.node.content else {
      field.mistake("must be a group of keys, not \(field.node.kind)")
      return nil
    }
    self.field = field
    self.keys = keys
    var firsts: [String: YAMLNode.Entry] = [:]
    var values: [String: (entry: YAMLNode.Entry, shape: Shape)] = [:]
    var misspelt: Set<String> = []
    for entry in list {
      guard !field.findings.isFull else { break }
      if let first = firsts[entry.key] { Self.refuse(entry, usedOn: first.keyMark.line, field) }
      firsts[entry.key] = firsts[entry.key] ?? entry
      if let key = keys[named: entry.key] {
        field.findings.recognise(entry.keyMark)
        if values[entry.key] == nil { values[entry.key] = (entry, key.shape) }
      } else {
        // Unknown keys are dropped: reading them too would make two mistakes of one key.
        Self.refuse(entry, unlike: keys.names, usual, field)
        if let meant = Suggestion.closest(to: entry.key, among: keys.names) { misspelt.insert(meant) }
      }
    }
    self.values = values
    self.misspelt = misspelt
  }

  private static func refuse(_ entry: YAMLNode.Entry, usedOn line: Int, _ field: Field) {
    field.findings.add(
      entry.keyMark, path(field.path, entry.key),
      "the key \"\(shortened(entry.key))\" is used twice; it is first on line \(line)", hidesValue: true)
  }

  private static func refuse(_ entry: YAMLNode.Entry, unlike known: [String], _ usual: Int, _ field: Field) {
    field.findings.add(
      entry.keyMark, path(field.path, entry.key),
      "unknown key \"\(shortened(entry.key))\"" + advice(on: entry, known, usual), hidesValue: true)
  }

  /// Between braces a comma ends a value: `{offset: 0,3}` has a key `3`.
  private static func advice(on entry: YAMLNode.Entry, _ known: [String], _ usual: Int) -> String {
    if entry.value.isNull, isDigits(entry.key) {
      return "; a comma ends a value between braces: write a number with a point, as in 0.3"
    }
    return Suggestion.clause(for: entry.key, among: known, usual: usual)
  }

  /// The value of a key; nil when the key is absent or has nothing after it. Every key that is asked for must be in the
  /// table.
  func optional(_ key: String) -> Field? {
    assert(keys[named: key] != nil, "the table has no key \(key) in \"\(field.path)\"")
    guard let (entry, shape) = values[key], !entry.value.isNull else { return nil }
    return Field(node: entry.value, path: Self.path(field.path, key), findings: findings, shape: shape)
  }

  /// The value of a key whose absence is a mistake. `purpose` says why, in place of the table.
  func required(_ key: String, _ purpose: String? = nil) -> Field? {
    if let field = optional(key) { return field }
    if misspelt.contains(key) { return nil }
    let why = purpose ?? keys[named: key]?.purpose
    assert(why != nil, "by the table the key \(key) in \"\(field.path)\" may be left out")
    findings.add(mark(key), Self.path(field.path, key), "is missing: \(why ?? "")")
    return nil
  }

  /// The place of a key, to point at it.
  func mark(_ key: String) -> Mark { values[key]?.entry.keyMark ?? field.node.mark }

  private static func path(_ parent: String, _ key: String) -> String {
    parent.isEmpty ? shortened(key) : "\(parent).\(shortened(key))"
  }
}
