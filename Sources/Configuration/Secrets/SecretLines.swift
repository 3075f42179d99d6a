/// Finds the lines of a file that may contain a secret. People write a password into the file nevertheless, under a
/// misspelt key or in the broker's URL, and it must not reach a log. It may also be on the line after such a key, or on
/// any line indented below it. Each line is examined once, whatever the file looks like.
struct SecretLines {
  private let lines: [String]
  /// For each line: the nearest line above with less indentation, and the nearest line above that is not empty.
  private var outer: [Int?] = []
  private var behind: [Int?] = []
  /// Cached results for the lines that were asked for, and those that had to be examined for them.
  private var names: [Int: Bool] = [:]
  private var answers: [Int: Bool] = [:]

  init(_ lines: some Sequence<String>) {
    self.lines = Array(lines)
    // Lines that the next line may be indented below, from the outside in.
    var open: [(line: Int, indentation: Int)] = []
    var last: Int?
    for (number, line) in self.lines.enumerated() {
      let indentation = line.utf8.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
      let isEmpty = indentation == line.utf8.count
      while !isEmpty, let inner = open.last, inner.indentation >= indentation { open.removeLast() }
      outer.append(isEmpty ? nil : open.last?.line)
      behind.append(last)
      if isEmpty { continue }
      open.append((number, indentation))
      last = number
    }
  }

  mutating func mayHoldSecret(_ number: Int) -> Bool {
    if let known = answers[number] { return known }
    let answer = looksSecret(number)
    answers[number] = answer
    return answer
  }

  private mutating func looksSecret(_ number: Int) -> Bool {
    let line = lines[number]
    if line.utf8.contains(UInt8(ascii: "@")) || line.holds("%40") || line.holds("\\n") { return true }
    if Disclosure.mayBeSecret(line) || Disclosure.holdsUUID(line) || namesSecret(number) { return true }
    if let last = behind[number], namesSecret(last) { return true }
    var next = outer[number]
    while let group = next {
      if namesSecret(group) { return true }
      next = outer[group]
    }
    return false
  }

  private mutating func namesSecret(_ number: Int) -> Bool {
    if let known = names[number] { return known }
    let isNamed = lines[number].split { !$0.isLetter }.contains { Self.isName($0) }
    names[number] = isNamed
    return isNamed
  }

  /// Whether a word is a usual name for a password, or for the place of something similar.
  static func isName(_ word: Substring) -> Bool {
    guard word.utf8.count <= 40 else { return false }
    let word = word.lowercased()
    return knownNames.contains(word) || beginnings.contains { word.hasPrefix($0) } || isMisspelt(word, "password", 3)
      || isMisspelt(word, "psk", 1)
  }

  /// Words whose lengths differ by more than the limit need no comparison.
  private static func isMisspelt(_ word: String, _ name: String, _ limit: Int) -> Bool {
    abs(word.utf8.count - name.utf8.count) <= limit && Suggestion.distance(word, name) <= limit
  }

  private static let beginnings = [
    "pass", "pw", "secret", "token", "credential", "kennwort", "apikey", "auth", "bearer",
  ]
  private static let knownNames: Set = [
    "key", "keys", "username", "identity", "certificate", "cert", "ca", "pem", "login",
  ]
}
