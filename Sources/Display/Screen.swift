/// Lines as a terminal redraws them in place, from the top left. Each line is cleared before it is written, and what is below
/// before the last one: after a line of the full width the cursor still stands on its last letter, which clearing would take.
package func redrawn(_ lines: [String]) -> [UInt8] {
  let last = "\u{1B}[J" + (lines.last ?? "")
  return Array(("\u{1B}[H" + (lines.dropLast().map { "\u{1B}[2K" + $0 } + [last]).joined(separator: "\n")).utf8)
}

/// What `redrawn` is to begin with: an empty screen.
package let cleared = Array("\u{1B}[2J".utf8)
