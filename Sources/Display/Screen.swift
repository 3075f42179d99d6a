/// Lines as a terminal redraws them in place: from the top left; the rest of each line, and of the screen, is cleared.
public func redrawn(_ lines: [String]) -> [UInt8] {
  Array(("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J").utf8)
}

/// What `redrawn` is to begin with: an empty screen.
public let cleared = Array("\u{1B}[2J".utf8)
