import Telemetry

/// Formats rows as columns, two spaces apart. A row's last cell is not padded. Cells are made printable, so that no
/// cell can break the layout.
package func table(_ rows: [[String]]) -> String {
  let rows = rows.map { $0.map { printable($0) } }
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    row.enumerated().map { column, text in
      column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}
