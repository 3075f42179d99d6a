/// The columns of `spool export --csv` and of `listen --format csv`.
let sheetHead = [
  "time", "clock", "sensor", "epoch", "sequence", "quantity", "value", "unit", "quality", "kind", "detail", "device",
]

/// A row of comma-separated values as in RFC 4180, but for the line end, which is a single line feed.
func csv(_ cells: [String]) -> [UInt8] { Array(cells.map(quoted).joined(separator: ",").utf8) }

private func quoted(_ cell: String) -> String {
  let needsQuotes = cell.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
  guard needsQuotes else { return cell }
  let parts = cell.split(separator: "\"", omittingEmptySubsequences: false)
  return "\"" + parts.joined(separator: "\"\"") + "\""
}
