import Drivers
import Telemetry

/// A configuration that is safe to show to others. It is written again from what the configuration reader knows.
/// Unknown keys, refused values, possible secrets and all comments are left out.
package func configurationWithoutSecrets(_ path: String) -> String {
  switch loadFile(path, limit: Document.limit) {
  case .failure(let failure): "# \(printable(failure.reason))\n"
  case .success(let file): withoutSecrets(withoutMark(file.bytes))
  }
}

/// The same for bytes already read.
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

/// The keys of a file that is not YAML, where they are no secrets.
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

/// Writes a tree as YAML, without what must not be shown.
private struct Redaction {
  private static let leftOut = "# (left out: may hold a secret)"
  /// Under these keys a word may be the secret, or tell whose it is. File names and names that say password are shown.
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

  /// Whether this is a group with known keys: a mistake about a whole group, such as a missing key, is at its
  /// beginning.
  private func isGroup(_ node: YAMLNode) -> Bool {
    guard case .mapping(let entries) = node.content else { return false }
    return entries.contains { recognised.contains($0.keyMark) }
  }

  /// Whether the text is a URL with a password. A multiplexer's channel contains an @ too.
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
