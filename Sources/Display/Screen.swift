/// The bytes that redraw lines in place, from the top left. Each line is cleared before it is written, and everything
/// below is cleared before the last line. After a line of full width the cursor is still on its last character, which
/// clearing would erase.
package func redrawn(_ lines: [String]) -> [UInt8] {
  let last = "\u{1B}[J" + (lines.last ?? "")
  return Array(("\u{1B}[H" + (lines.dropLast().map { "\u{1B}[2K" + $0 } + [last]).joined(separator: "\n")).utf8)
}

/// The bytes that clear the screen, to be written once before the first `redrawn`.
package let cleared = Array("\u{1B}[2J".utf8)
