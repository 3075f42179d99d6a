/// Rows in columns, two spaces apart; the last column as long as it likes.
public func table(_ rows: [[String]]) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    row.enumerated().map { column, text in
      column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}
