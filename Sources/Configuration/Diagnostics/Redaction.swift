import Drivers
import Telemetry

/// A configuration as others may read it. Written anew from what the reader of configurations knows: keys that it does not
/// know, values that it refuses, what may be a secret, and all comments are left out.
package func configurationWithoutSecrets(_ path: String) -> String {
  switch loadFile(path, limit: Document.limit) {
  case .failure(let failure): "# \(printable(failure.reason))\n"
  case .success(let file): withoutSecrets(withoutMark(file.bytes))
  }
}

/// The same for bytes that have been read.
func withoutSecrets(_ bytes: [UInt8]) -> String {
  let findings = Diagnostics()
  do throws(Problem) {
    guard let root = try YAMLParser.parse(bytes) else { return "# the file is empty\n" }
    ConfigurationLoader.explore(Field(node: root, path: "", findings: findings))
    return Redaction(findings).lines(of: root).joined(separator: "\n") + "\n"
  } catch {
    return "# line \(error.line): \(error.reason): only the keys are shown\n" + keysAlone(bytes)
  }
}

/// What can be told of a file that is not YAML.
private func keysAlone(_ bytes: [UInt8]) -> String {
  let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
    .map(String.init)
  var secrets = SecretLines(lines)
  return lines.indices.map { number in
    let line = lines[number]
    let key = line.prefix { $0 != ":" }
    let isKey = key.count < line.count && key.allSatisfy { $0.isASCII && ($0.isLetter || "_- ".contains($0)) }
    return isKey && !secrets.mayHoldSecret(number) ? "\(key): # (left out)\n" : "# (left out: may hold a secret)\n"
  }.joined()
}

/// Writes a tree as YAML again, without what must not be shown.
private struct Redaction {
  private static let leftOut = "# (left out: may hold a secret)"
  /// Below these a word may be the secret, or tell whose it is; the name of a file, or one that says password, is neither.
  private static let guarded: Set = [
    "password", "username", "client_id", "psk", "identity", "key", "certificate", "ca", "credential", "env", "file",
  ]

  private let recognised: Set<Mark>
  private let refused: Set<Mark>

  init(_ findings: Diagnostics) {
    recognised = findings.recognised
    refused = Set(findings.problems.map { Mark(line: $0.line, column: $0.column) })
  }

  func lines(of root: YAMLNode) -> [String] { lines(root, key: "") }

  private func lines(_ node: YAMLNode, key: String) -> [String] {
    switch node.content {
    case .scalar: [value(node, key)]
    case .mapping(let entries): entries.flatMap(lines)
    case .sequence(let items):
      items.flatMap { item in
        let inner = lines(item, key: key)
        return inner.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
      }
    }
  }

  private func lines(_ entry: YAMLNode.Entry) -> [String] {
    guard recognised.contains(entry.keyMark) else { return ["# (left out: a key that is not known)"] }
    guard case .scalar = entry.value.content else {
      guard !refused.contains(entry.value.mark) || isGroup(entry.value) else {
        return ["\(entry.key): \(Self.leftOut)"]
      }
      return ["\(entry.key):"] + lines(entry.value, key: entry.key).map { "  " + $0 }
    }
    return ["\(entry.key): \(value(entry.value, entry.key))"]
  }

  /// A mistake about a group as a whole, such as a key that is missing, stands at its beginning.
  private func isGroup(_ node: YAMLNode) -> Bool {
    guard case .mapping(let entries) = node.content else { return false }
    return entries.contains { recognised.contains($0.keyMark) }
  }

  /// A URL; a multiplexer's channel has an @ in it too.
  private func mayHoldPassword(_ text: String) -> Bool {
    (text.contains("@") && BusPath(parsing: text) == nil) || text.holds("%40")
  }

  private func value(_ node: YAMLNode, _ key: String) -> String {
    guard case .scalar(let text, let isPlain) = node.content else { return "" }
    let mayShow =
      !refused.contains(node.mark) && !Disclosure.mayBeSecret(text) && !mayHoldPassword(text)
      && (!Self.guarded.contains(key) || Disclosure.isFileName(text) || Disclosure.isNameOfSecret(text))
    guard mayShow else { return Self.leftOut }
    if isPlain { return printable(text) }
    let escaped = printable(text).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
    return "\"\(escaped)\""
  }
}
