import Testing

@testable import Linux

@Suite("What a terminal can show") struct TerminalTests {
  private func terminal(_ variables: [String: String], isTerminal: Bool = true) -> Terminal {
    Terminal(isTerminal: isTerminal) { variables[$0] }
  }

  @Test("Redrawn and in colour is what names its kind, and is not dumb")
  func kind() {
    #expect(terminal(["TERM": "xterm"]).canRedraw)
    #expect(terminal(["TERM": "linux"]).hasColour)
    for kind in ["dumb", "unknown", ""] {
      #expect(!terminal(["TERM": kind]).canRedraw)
      #expect(!terminal(["TERM": kind]).hasColour)
    }
    #expect(!terminal([:]).canRedraw)
    #expect(!terminal([:]).hasColour)
    #expect(!terminal(["TERM": "xterm"], isTerminal: false).canRedraw)
  }

  @Test("NO_COLOR takes the colour, and nothing else; an empty one counts as none")
  func colour() {
    let plain = terminal(["TERM": "xterm", "NO_COLOR": "1"])
    #expect(!plain.hasColour)
    #expect(plain.canRedraw)
    #expect(terminal(["TERM": "xterm", "NO_COLOR": ""]).hasColour)
  }

  @Test("The locale says whether it shows Unicode: the first of the three variables that is set")
  func unicode() {
    for name in ["C.UTF-8", "de_DE.utf8", "en_GB.UTF-8@euro", "C.utf-8"] {
      #expect(terminal(["LANG": name]).isUnicode, "\(name)")
    }
    for name in ["C", "POSIX", "", "de_DE", "de_DE.ISO-8859-1", "de_DE@euro"] {
      #expect(!terminal(["LANG": name]).isUnicode, "\(name)")
    }
    #expect(!terminal(["LC_ALL": "C", "LANG": "C.UTF-8"]).isUnicode)
    #expect(terminal(["LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"]).isUnicode)
    #expect(terminal([:], isTerminal: false).isUnicode, "what reads a pipe must not depend on who started us")
  }
}
