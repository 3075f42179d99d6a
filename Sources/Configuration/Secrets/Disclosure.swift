/// Decides what may be shown of a configuration on a terminal, in a log, or in an archive for support. People paste
/// passwords, tokens and keys into wrong places. A text that may be one is never shown, wherever it is.
enum Disclosure {
  /// Replaces a text that is not shown.
  static let left = "(not shown: it may be a secret)"

  /// Whether a text looks like a key or a token: several lines, PEM, a URL with a password, or a mix of letters and
  /// digits that no person would choose.
  static func mayBeSecret(_ text: some StringProtocol) -> Bool {
    var (short, long) = (Run(), Run())
    var (dashes, hasLineBreak, isURL) = (0, false, false)
    for byte in text.utf8 {
      if byte == 10 || byte == 13 { hasLineBreak = true }
      dashes = byte == UInt8(ascii: "-") ? dashes + 1 : 0
      if hasLineBreak || dashes == 5 { return true }
      if byte == UInt8(ascii: ":") { isURL = true }
      if isURL, byte == UInt8(ascii: "@") { return true }
      short.add(byte, "+=")
      long.add(byte, "+=/_-")
      if short.isToken || long.isLongToken { return true }
    }
    return false
  }

  /// Whether a text contains a UUID as a word of its own, not in a path. Some services hand out UUIDs as tokens.
  static func holdsUUID(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      guard belongsToWord(bytes[start]) else {
        start += 1
        continue
      }
      let end = bytes[start...].firstIndex { !belongsToWord($0) } ?? bytes.count
      if isUUID(bytes[start..<end]) { return true }
      start = end
    }
    return false
  }

  private static func belongsToWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: "-_./{}".utf8.contains(byte)
    }
  }

  private static func isUUID(_ word: ArraySlice<UInt8>) -> Bool {
    word.count == 36
      && word.enumerated().allSatisfy { index, byte in
        [8, 13, 18, 23].contains(index) == (byte == UInt8(ascii: "-")) && Character(UnicodeScalar(byte)).isHexOrDash
      }
  }

  /// Whether a word looks like a name that people give to the place of a secret, such as `broker-password` or
  /// `MQTT_TOKEN`. A name that leads nowhere is shown only then, because the text may be the secret itself.
  static func isNameOfSecret(_ text: String) -> Bool {
    !mayBeSecret(text) && text.split { !$0.isLetter }.contains { SecretLines.isName($0) }
      && (isPlain(text, "a"..."z") || isPlain(text, "A"..."Z"))
  }

  private static func isPlain(_ text: String, _ letters: ClosedRange<Character>) -> Bool {
    text.allSatisfy { letters ~= $0 || $0 == "-" || $0 == "_" }
  }

  /// Whether a word looks like a file's name: a path, or a name with a suffix.
  static func isFileName(_ text: String) -> Bool {
    guard !mayBeSecret(text), !text.contains(where: \.isWhitespace) else { return false }
    guard let dot = text.lastIndex(of: "."), !text.hasPrefix("/") else { return text.hasPrefix("/") }
    let suffix = text[text.index(after: dot)...]
    return 1...6 ~= suffix.count && suffix.allSatisfy { $0.isLetter }
  }
}

extension Character {
  fileprivate var isHexOrDash: Bool { self == "-" || isHexDigit }
}

/// A run of letters and digits.
private struct Run {
  private var length = 0
  /// Number of changes between digits and letters.
  private var changes = 0
  private var isBehindDigit = false
  private var capitals = 0
  private var hasDigit = false
  private var hasUpper = false
  private var hasLower = false
  private var isPath = false

  mutating func add(_ byte: UInt8, _ others: String) {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
    case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): (hasUpper, capitals) = (true, capitals + 1)
    case _ where others.utf8.contains(byte): if length == 0, byte == UInt8(ascii: "/") { isPath = true }
    default:
      // A folder's name may contain a dot.
      let isPath = isPath && byte == UInt8(ascii: ".")
      self = Run()
      self.isPath = isPath
      return
    }
    let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    if length > 0, isDigit != isBehindDigit { changes += 1 }
    isBehindDigit = isDigit
    length += 1
  }

  /// Whether the run looks like hexadecimal, base 32 or base 64: a word has no digits inside, and a number with a unit
  /// has them in front. Among capitals alone one digit is enough, as in the key ids of clouds.
  var isToken: Bool { length >= 20 && (changes >= 3 || (capitals >= 8 && hasDigit && !hasLower)) }
  /// The same for a run that includes characters which may also separate words.
  var isLongToken: Bool { length >= 32 && hasDigit && hasUpper && hasLower && !isPath }
}
