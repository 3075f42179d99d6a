/// Which lines of a file may hold a secret. Someone wrote a password into the file all the same, under a misspelt key or into
/// the broker's URL: it must not reach a log. It may also stand on the line behind such a key, or on any line that is
/// indented below it. One pass, whatever the file is like.
struct SecretLines {
  private(set) var flags: [Bool] = []
  /// The lines that the next one may belong to, from the outside in, and whether one of them, up to it, names a secret.
  private var open: [(indentation: Int, names: Bool)] = []
  private var isBehindName = false

  init(_ lines: some Sequence<String>) { for line in lines { add(line) } }

  private mutating func add(_ line: String) {
    let isNamed = Self.namesSecret(line)
    let holds =
      isNamed || line.utf8.contains(UInt8(ascii: "@")) || line.holds("%40") || line.holds("\\n")
      || Disclosure.mayBeSecret(line)
    guard !line.allSatisfy(\.isWhitespace) else { return flags.append(holds) }
    let indentation = line.utf8.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
    while let last = open.last, last.indentation >= indentation { open.removeLast() }
    let isBelow = open.last?.names ?? false
    flags.append(holds || isBelow || isBehindName)
    open.append((indentation, isBelow || isNamed))
    isBehindName = isNamed
  }

  private static func namesSecret(_ line: String) -> Bool {
    line.split { !$0.isLetter }.contains { isName($0) }
  }

  /// Whether a word is what people call a password, or the place of something like one.
  static func isName(_ word: Substring) -> Bool {
    guard word.utf8.count <= 40 else { return false }
    let word = word.lowercased()
    return names.contains(word) || beginnings.contains { word.hasPrefix($0) } || isMisspelt(word, "password", 3)
      || isMisspelt(word, "psk", 1)
  }

  /// Lengths that differ by more are not worth the comparison.
  private static func isMisspelt(_ word: String, _ name: String, _ limit: Int) -> Bool {
    abs(word.utf8.count - name.utf8.count) <= limit && Suggestion.distance(word, name) <= limit
  }

  private static let beginnings = [
    "pass", "pw", "secret", "token", "credential", "kennwort", "apikey", "auth", "bearer",
  ]
  private static let names: Set = [
    "key", "keys", "username", "identity", "certificate", "cert", "ca", "pem", "login",
  ]
}
