/// The word that was probably meant.
public enum Suggestion {
  /// `; did you mean "address"?`, or what there is to choose from, or nothing.
  /// Of many the first `usual` are named.
  public static func clause(for word: String, among known: [String], usual: Int = 0) -> String {
    if let best = closest(to: word, among: known) { return "; did you mean \"\(best)\"?" }
    if known.count > 12 {
      return usual == 0 ? "" : "; known are \(known.prefix(usual).joined(separator: ", ")), …"
    }
    return known.isEmpty ? "" : "; known are \(known.joined(separator: ", "))"
  }

  /// Nil when nothing is close: a third of the letters may differ, and at least one in words of two or more.
  public static func closest(to word: String, among known: [String]) -> String? {
    // Any letter is one change away from any other.
    guard word.utf8.count <= 256 else { return nil }
    let limit = word.count < 2 ? 0 : max(1, word.count / 3)
    return known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
      .filter { $0.0 <= limit }.min { $0.0 < $1.0 }?.1
  }

  /// How many letters must be inserted, left out, changed, or swapped with their neighbour (Damerau and Levenshtein,
  /// optimal string alignment). Words of a file can be long: beyond 64 letters nothing is alike.
  static func distance(_ a: String, _ b: String) -> Int {
    guard a.utf8.count <= 256, b.utf8.count <= 256 else { return .max }
    let (a, b) = (Array(a), Array(b))
    guard a.count <= 64, b.count <= 64 else { return .max }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let changed = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, changed)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
