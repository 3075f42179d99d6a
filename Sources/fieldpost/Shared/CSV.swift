import Telemetry

/// The columns of `spool export --csv` and of `listen --format csv`.
let sheetHead = [
  "time", "clock", "sensor", "epoch", "sequence", "quantity", "value", "unit", "quality", "kind", "detail", "device",
]

/// A row of comma-separated values as in RFC 4180, without its line end, which will be a single line feed.
func csv(_ cells: [String]) -> [UInt8] { Array(cells.map { quoted(harmless($0)) }.joined(separator: ",").utf8) }

/// Makes a cell harmless, because its text may come from anybody. It must not control a terminal, and a spreadsheet
/// must not take it for a formula: a leading apostrophe makes it text there. Numbers stay as they are.
private func harmless(_ cell: String) -> String {
  let text = printable(cell)
  // Skip what a spreadsheet skips too, such as a space or a byte order mark.
  let first = text.unicodeScalars.first { !$0.properties.isWhitespace && $0 != "\u{FEFF}" }
  guard let first, "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(first), !isNumber(text) else {
    return text
  }
  return "'" + text
}

/// Whether the text is only a number, such as `-18.25` or `1e-3`.
private func isNumber(_ text: String) -> Bool {
  text.utf8.allSatisfy { "0123456789.-+eE".utf8.contains($0) } && Double(text) != nil
}

private func quoted(_ cell: String) -> String {
  guard cell.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return cell }
  let parts = cell.split(separator: "\"", omittingEmptySubsequences: false)
  return "\"" + parts.joined(separator: "\"\"") + "\""
}
