import Telemetry

extension ConfigurationError {
  /// The report for a person: `file:line:column: error: path: reason`, the line itself, a caret under the place, and at
  /// the end the count. Editors and CI understand this format.
  package func rendered(inColour: Bool) -> String {
    let paint = Paint(isOn: inColour)
    var secrets = SecretLines(lines.prefix(problems.map(\.line).max() ?? 0))
    let blocks = problems.map { block($0, paint, &secrets) }
    let count = problems.count == 1 ? "1 error" : "\(problems.count) errors"
    let more = hasMore ? ", and there are more: mend these first" : ""
    return blocks.joined() + "\(count) in \(printable(file))\(more)\n"
  }

  /// The problem in one line, for a log.
  package func line(of problem: Problem) -> String {
    printable("\(place(problem)): \(problem.path.isEmpty ? "" : problem.path + ": ")\(problem.reason)")
  }

  private func place(_ problem: Problem) -> String {
    printable(problem.line > 0 ? "\(file):\(problem.line):\(problem.column)" : file)
  }

  private func block(_ problem: Problem, _ paint: Paint, _ secrets: inout SecretLines) -> String {
    let subject = printable(problem.path.isEmpty ? "" : problem.path + ": ")
    let head = "\(paint.bold(place(problem))): \(paint.red("error")): \(subject)\(printable(problem.reason))\n"
    guard problem.line > 0, problem.line <= lines.count, !problem.hidesLine,
      !secrets.mayHoldSecret(problem.line - 1)
    else {
      return head
    }
    let (text, column) = excerpt(shown(problem), column: problem.column)
    return head + "  \(text)\n  \(String(repeating: " ", count: column))\(paint.red("^"))\n"
  }

  /// The line without its comment, or only its key: a comment or an unknown key's value can contain anything.
  private func shown(_ problem: Problem) -> String {
    let line = lines[problem.line - 1]
    if problem.hidesValue { return keyAlone(line, from: problem.column) }
    var isBehindSpace = true
    for index in line.indices {
      if line[index] == "#", isBehindSpace { return line[..<index] + "…" }
      isBehindSpace = line[index].isWhitespace
    }
    return line
  }

  /// The line up to the colon after the place, or else up to its first colon.
  private func keyAlone(_ line: String, from column: Int) -> String {
    let scalars = line.unicodeScalars
    let place = scalars.index(scalars.startIndex, offsetBy: column - 1, limitedBy: scalars.endIndex) ?? scalars.endIndex
    guard let colon = scalars[place...].firstIndex(of: ":") ?? scalars.firstIndex(of: ":") else { return "…" }
    return String(scalars[...colon]) + " …"
  }

  /// At most 100 characters around the place. A tab becomes one space, so that the caret is in the right place. Nothing
  /// in the file can control the terminal.
  private func excerpt(_ line: String, column: Int) -> (text: String, column: Int) {
    // A line can have a million letters: only those near the place are looked at.
    let scalars = line.unicodeScalars.prefix(column + 400).dropFirst(max(0, column - 400))
    let characters = String(String.UnicodeScalarView(scalars)).map { character -> Character in
      if character == "\t" { return " " }
      return character.unicodeScalars.contains { $0.steers } ? "?" : character
    }
    // YAML counts code points, of which several can make one character.
    let prefix = String.UnicodeScalarView(scalars.prefix(max(0, min(column, 400) - 1)))
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
  /// Whether the character takes two columns on a terminal: East Asian scripts and emoji, roughly.
  fileprivate var isWide: Bool {
    guard let value = unicodeScalars.first?.value else { return false }
    return (0x1100...0x115F).contains(value) || (0x2E80...0xA4CF).contains(value)
      || (0xAC00...0xD7A3).contains(value) || (0xF900...0xFAFF).contains(value)
      || (0xFE30...0xFE6F).contains(value) || (0xFF00...0xFF60).contains(value) || (0x1F300...0x1FAFF).contains(value)
  }
}
