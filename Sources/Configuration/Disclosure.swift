/// Says what may be shown of a configuration: to a terminal, in a log, in an archive for support. People paste passwords, tokens
/// and keys into wrong places; what may be one is never shown, wherever it stands.
enum Disclosure {
  /// In place of what is not shown.
  static let left = "(not shown: it may be a secret)"

  /// Whether a text has the form of a key or a token: of several lines, in PEM, a URL with a password in it, or letters and
  /// digits as nobody thinks them up.
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

  /// Whether a word has the form of a file's name: of a path, or with a suffix.
  static func isFileName(_ text: String) -> Bool {
    guard !mayBeSecret(text), !text.contains(where: \.isWhitespace) else { return false }
    guard let dot = text.lastIndex(of: "."), !text.hasPrefix("/") else { return text.hasPrefix("/") }
    let suffix = text[text.index(after: dot)...]
    return 1...6 ~= suffix.count && suffix.allSatisfy { $0.isLetter }
  }
}

/// Letters and digits that follow each other.
private struct Run {
  private var length = 0
  /// Between a digit and a letter.
  private var changes = 0
  private var isBehindDigit = false
  private var hasDigit = false
  private var hasUpper = false
  private var hasLower = false
  private var isPath = false

  mutating func add(_ byte: UInt8, _ others: String) {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
    case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): hasUpper = true
    case _ where others.utf8.contains(byte): if length == 0, byte == UInt8(ascii: "/") { isPath = true }
    default:
      // A folder's name may have a dot in it.
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

  /// Hexadecimal digits, base 32, base 64: a word has no digits in it, and a number with its unit has them in front.
  var isToken: Bool { length >= 20 && changes >= 3 }
  /// With what may also stand between words.
  var isLongToken: Bool { length >= 32 && hasDigit && hasUpper && hasLower && !isPath }
}
