import Glibc

/// The features that output for a person can use, decided by whether it goes to a terminal, and by the environment.
package struct Terminal: Sendable {
  /// Whether output can be redrawn in place.
  package let canRedraw: Bool
  package let hasColour: Bool
  /// Whether Unicode characters such as ° and … are shown.
  package let isUnicode: Bool

  package init(isTerminal: Bool, environment: (String) -> String?) {
    let kind = environment("TERM") ?? ""
    canRedraw = isTerminal && !["", "dumb", "unknown"].contains(kind)
    // no-color.org: an empty value counts as none.
    hasColour = canRedraw && (environment("NO_COLOR") ?? "").isEmpty
    // A file or a pipe always gets UTF-8: its reader must not depend on who started the program.
    isUnicode = !isTerminal || Self.isUnicode(environment)
  }

  package init(descriptor: Int32) { self.init(isTerminal: isatty(descriptor) == 1, environment: environment) }

  /// Decided as in the C library, by the first of the three variables that is set: `de_DE.UTF-8@euro`.
  private static func isUnicode(_ environment: (String) -> String?) -> Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(environment).first { !$0.isEmpty } ?? ""
    guard let encoding = locale.split(separator: ".").dropFirst().first?.split(separator: "@").first else {
      return false
    }
    return ["utf-8", "utf8"].contains(encoding.lowercased())
  }
}

/// Whether standard error is a terminal that may be written to in colour.
package func standardErrorHasColour() -> Bool { Terminal(descriptor: STDERR_FILENO).hasColour }
