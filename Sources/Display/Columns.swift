/// A table that fits a width: some columns may be left out, then others shrunk, one after another, until it fits. A
/// cell that is cut ends in an ellipsis.
struct Columns {
  let lines: [String]

  /// `dropping`: columns to leave out, in this order. `yielding`: columns to shrink, in this order, and their least
  /// widths.
  init(_ rows: [[String]], width: Int, dropping: [Int] = [], yielding: [(column: Int, least: Int)]) {
    var widths = Self.widths(of: rows)
    var shown = Array(widths.indices)
    for column in dropping where Self.total(widths, shown) > width { shown.removeAll { $0 == column } }
    for (column, least) in yielding {
      let excess = Self.total(widths, shown) - width
      if excess > 0 { widths[column] = max(min(least, widths[column]), widths[column] - excess) }
    }
    let cut = rows.map { row in shown.filter { $0 < row.count }.map { ellipsized(row[$0], to: widths[$0]) } }
    lines = table(cut).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The table's width when nothing is cut.
  static func width(of rows: [[String]]) -> Int {
    let widths = widths(of: rows)
    return total(widths, Array(widths.indices))
  }

  private static func total(_ widths: [Int], _ shown: [Int]) -> Int {
    shown.reduce(2 * (shown.count - 1)) { $0 + widths[$1] }
  }

  private static func widths(of rows: [[String]]) -> [Int] {
    let count = rows.map(\.count).max() ?? 0
    return (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  }
}

/// Formats rows as columns. If the table is wider than `width`, the columns in `yielding` shrink in this order, each to
/// its least width. Without `width` nothing is cut.
package func table(_ rows: [[String]], width: Int?, yielding: [(column: Int, least: Int)]) -> String {
  guard let width else { return table(rows) }
  return Columns(rows, width: width, yielding: yielding).lines.joined(separator: "\n")
}

/// Cuts a text to at most `width` characters, the last one an ellipsis.
package func ellipsized(_ text: String, to width: Int) -> String {
  text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
}
