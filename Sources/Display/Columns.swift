/// A table that fits a width: columns that may yield do so in turn, and what is cut ends in an ellipsis.
struct Columns {
  let lines: [String]

  /// `yielding`: a column's index and the width that it keeps.
  init(_ rows: [[String]], width: Int, yielding: [(column: Int, least: Int)]) {
    let count = rows.map(\.count).max() ?? 0
    var widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    for (column, least) in yielding {
      let excess = widths.reduce(2 * (count - 1), +) - width
      if excess > 0 { widths[column] = max(min(least, widths[column]), widths[column] - excess) }
    }
    let cut = rows.map { row in row.enumerated().map { ellipsized($1, to: widths[$0]) } }
    lines = table(cut).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

/// At most so many characters.
public func ellipsized(_ text: String, to width: Int) -> String {
  text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
}
