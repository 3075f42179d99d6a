/// Lines of at most `width` columns, broken between words. The second and later ones begin with `indent` spaces. A word that
/// is longer than a line stays whole: it may be a command or a path to copy.
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

/// Rows in columns, the last of which is broken between words where it would be wider than a terminal. Without `width`
/// nothing is broken, so that programs can read the lines.
package func table(_ rows: [[String]], width: Int?) -> String {
  let lines = table(rows).split(separator: "\n", omittingEmptySubsequences: false)
  guard let width, lines.count == rows.count else { return table(rows) }
  let last = (rows.map(\.count).max() ?? 0) - 1
  return zip(rows, lines).flatMap { row, line in
    let indent = row.count == last + 1 ? line.count - row[last].count : 0
    // Beside what is left of a narrow terminal nobody can read.
    return wrapped(String(line), to: width, indent: width - indent < narrowest ? 4 : indent)
  }.joined(separator: "\n")
}

private let narrowest = 24
