import Glibc

/// What a person's output goes to, and what it can show: known from whether it is a terminal, and from the environment.
package struct Terminal: Sendable {
  /// Whether it can be redrawn in place.
  package let canRedraw: Bool
  package let hasColour: Bool
  /// Whether it shows the letters of Unicode, such as ° and ….
  package let isUnicode: Bool

  package init(isTerminal: Bool, environment: (String) -> String?) {
    let kind = environment("TERM") ?? ""
    canRedraw = isTerminal && !["", "dumb", "unknown"].contains(kind)
    // no-color.org: an empty value counts as none.
    hasColour = canRedraw && (environment("NO_COLOR") ?? "").isEmpty
    // A file or a pipe always gets UTF-8: what reads it must not depend on who started us.
    isUnicode = !isTerminal || Self.isUnicode(environment)
  }

  package init(descriptor: Int32) { self.init(isTerminal: isatty(descriptor) == 1, environment: environment) }

  /// As the C library decides it: by the first of the three that is set, `de_DE.UTF-8@euro`.
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
