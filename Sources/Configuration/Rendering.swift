extension ConfigurationError {
  /// What a person reads: `file:line:column: error: path: reason`, the line itself, and a caret under the place; at the
  /// end the count. Editors and CI know the form.
  public func rendered(inColour: Bool) -> String {
    let paint = Paint(isOn: inColour)
    let blocks = problems.map { block($0, paint) }
    let count = problems.count == 1 ? "1 error" : "\(problems.count) errors"
    return blocks.joined() + "\(count) in \(file)\n"
  }

  /// The same in one line, for a log.
  public func line(of problem: Problem) -> String {
    let place = problem.line > 0 ? "\(file):\(problem.line):\(problem.column)" : file
    return "\(place): \(problem.path.isEmpty ? "" : problem.path + ": ")\(problem.reason)"
  }

  private func block(_ problem: Problem, _ paint: Paint) -> String {
    let place = problem.line > 0 ? "\(file):\(problem.line):\(problem.column)" : file
    let subject = problem.path.isEmpty ? "" : problem.path + ": "
    let head = "\(paint.bold(place)): \(paint.red("error")): \(subject)\(problem.reason)\n"
    guard problem.line > 0, problem.line <= lines.count, !problem.hidesLine,
      !mayHoldSecret(problem.line - 1)
    else { return head }
    let (text, column) = excerpt(lines[problem.line - 1], column: problem.column)
    return head + "  \(text)\n  \(String(repeating: " ", count: column))\(paint.red("^"))\n"
  }

  /// Someone wrote a password into the file all the same, under a misspelt key or into the broker's URL: it must not
  /// reach a log. It may also stand on the next line, or on any line that is indented below such a key.
  func mayHoldSecret(_ index: Int) -> Bool {
    if lines[index].contains("@") || lines[index].holds("%40") || namesSecret(lines[index]) { return true }
    var indentation = indentation(lines[index])
    var isNext = true
    for line in lines[..<index].reversed() where !line.allSatisfy(\.isWhitespace) {
      let outer = self.indentation(line)
      if isNext || outer < indentation, namesSecret(line) { return true }
      isNext = false
      indentation = min(indentation, outer)
      if indentation == 0 { break }
    }
    return false
  }

  private func indentation(_ line: String) -> Int { line.prefix { $0.isWhitespace }.count }

  private func namesSecret(_ line: String) -> Bool {
    line.split { !$0.isLetter }.contains { word in
      let word = word.lowercased()
      return Suggestion.distance(word, "password") <= 3 || Suggestion.distance(word, "psk") <= 1
        || Self.otherNames.contains { word.hasPrefix($0) }
    }
  }

  /// What people call a password.
  private static let otherNames = ["pass", "pw", "secret", "token", "credential", "kennwort"]

  /// At most 100 columns around the place. Tabs become one space, so that the caret stands right,
  /// and nothing of the file can steer the terminal.
  private func excerpt(_ line: String, column: Int) -> (text: String, column: Int) {
    let characters = line.map { character -> Character in
      if character == "\t" { return " " }
      return character.unicodeScalars.contains { $0.isControl } ? "?" : character
    }
    // YAML counts code points; several of them can make one character.
    let prefix = String.UnicodeScalarView(line.unicodeScalars.prefix(max(0, column - 1)))
    let target = min(String(prefix).count, characters.count)
    let start = characters.count > 100 ? max(0, target - 50) : 0
    let end = min(characters.count, start + 100)
    let before = characters[start..<target].reduce(0) { $0 + ($1.isWide ? 2 : 1) }
    let cut = (start > 0 ? "…" : "", end < characters.count ? "…" : "")
    return (cut.0 + String(characters[start..<end]) + cut.1, before + cut.0.count)
  }
}

private struct Paint {
  let isOn: Bool

  func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  func red(_ text: String) -> String { isOn ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
}

extension Character {
  /// Takes two columns on a terminal: East Asian scripts and emoji, roughly.
  fileprivate var isWide: Bool {
    guard let value = unicodeScalars.first?.value else { return false }
    return (0x1100...0x115F).contains(value) || (0x2E80...0xA4CF).contains(value)
      || (0xAC00...0xD7A3).contains(value) || (0xF900...0xFAFF).contains(value)
      || (0xFE30...0xFE6F).contains(value) || (0xFF00...0xFF60).contains(value) || (0x1F300...0x1FAFF).contains(value)
  }
}
