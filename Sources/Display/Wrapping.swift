/// Breaks a text between words into lines of at most `width` columns. The second and later lines begin with `indent`
/// spaces. A word longer than a line stays whole: it may be a command or a path to copy.
package func wrapped(_ text: String, to width: Int, indent: Int = 0) -> [String] {
  guard text.count > width else { return [text] }
  let margin = String(repeating: " ", count: indent)
  var lines: [String] = []
  var line: String?
  for word in text.split(separator: " ", omittingEmptySubsequences: false) {
    guard let begun = line else {
      line = String(word)
      continue
    }
    let isBlank = begun.allSatisfy { $0 == " " }
    if isBlank || begun.count + 1 + word.count <= width {
      line = "\(begun) \(word)"
    } else if !word.isEmpty {
      lines.append(begun)
      line = margin + word
    }
  }
  return lines + [line ?? ""]
}

/// Formats rows as columns. If a row is wider than `width`, its last column is broken between words. Without `width`
/// nothing is broken, so that programs can read the lines.
package func table(_ rows: [[String]], width: Int?) -> String {
  let lines = table(rows).split(separator: "\n", omittingEmptySubsequences: false)
  guard let width, lines.count == rows.count else { return table(rows) }
  let last = (rows.map(\.count).max() ?? 0) - 1
  return zip(rows, lines).flatMap { row, line in
    let indent = row.count == last + 1 ? line.count - row[last].count : 0
    // On a narrow terminal the last column may be too narrow to read: its text then continues near the left margin.
    return wrapped(String(line), to: width, indent: width - indent < narrowest ? 4 : indent)
  }.joined(separator: "\n")
}

private let narrowest = 24
