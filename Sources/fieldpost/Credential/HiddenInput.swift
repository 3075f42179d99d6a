import Glibc
import Linux

/// The terminal at standard input while a password is typed: nothing that is typed is shown.
struct HiddenInput {
  /// The terminal's settings before ours.
  private let before: termios

  /// Nil: standard input is not a terminal.
  init?() {
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    before = settings
    // Ctrl-C arrives as a key too, so that the terminal is restored before we end.
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0 else { return nil }
  }

  /// Puts the terminal back as it was.
  func restore() {
    var settings = before
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Asks a question and returns what is typed until Enter. Ctrl-C or Ctrl-D cancels.
  func ask(_ question: String) throws(CredentialRefusal) -> [UInt8] {
    printError(question)
    defer { printError("\n") }
    var line = HiddenLine()
    while let key = Self.key() {
      switch line.press(key) {
      case .goesOn: continue
      case .isDone: return line.bytes
      case .isGivenUp: throw CredentialRefusal("given up")
      }
    }
    throw CredentialRefusal("the terminal is gone")
  }

  /// Reads all of standard input, at most `limit` bytes.
  static func all(limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit, let byte = key() { bytes.append(byte) }
    return bytes
  }

  private static func key() -> UInt8? {
    var byte: UInt8 = 0
    while true {
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR { continue }
      return count == 1 ? byte : nil
    }
  }
}

/// Edits a line key by key, as a terminal in line mode does.
private struct HiddenLine {
  enum State {
    case goesOn, isDone, isGivenUp
  }

  private(set) var bytes: [UInt8] = []

  mutating func press(_ key: UInt8) -> State {
    switch key {
    case 10, 13: return .isDone
    case 3, 4: return .isGivenUp
    case 8, 127: removeLetter()
    case 21: bytes = []
    case ..<32: break
    default: bytes.append(key)
    }
    return .goesOn
  }

  /// Removes a whole character: in UTF-8 it may be several bytes.
  private mutating func removeLetter() {
    while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
  }
}
