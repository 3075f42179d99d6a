/// One line of text that is safe to show. Text from a card, a broker, a chip, a file or its name is data: it must not
/// control a terminal or start a new line.
package func printable(_ line: some StringProtocol) -> String {
  String(String.UnicodeScalarView(line.unicodeScalars.map { $0.steers ? "?" : $0 }))
}

/// The same for the beginning of a foreign text, to be shown in a line of our own.
package func excerpt(_ text: String) -> String {
  let longest = 40
  return printable(String(text.unicodeScalars.prefix(longest))) + (text.unicodeScalars.count > longest ? "…" : "")
}

/// The same for a text of several lines, which may also contain tabs.
package func printableLines(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.map { $0.steers && $0 != "\n" && $0 != "\t" ? "?" : $0 }))
}

/// The text with a space for each line break.
package func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

/// JSON that is safe to show, with the same meaning. A control character can only be inside a string, where it can be
/// written as an escape. Inside a string JSON itself forbids those below 0x20.
package func printableJSON(_ json: some Sequence<UInt8>) -> [UInt8] {
  var shown: [UInt8] = []
  for scalar in String(decoding: Array(json), as: UTF8.self).unicodeScalars {
    guard scalar.steers, scalar != "\n", scalar != "\t" else {
      shown += UTF8.encode(scalar).map(Array.init) ?? []
      continue
    }
    shown += Array("\\u\(String(scalar.value, radix: 16, padded: 4))".utf8)
  }
  return shown
}

extension Unicode.Scalar {
  /// Whether the scalar moves the cursor, ends a line, or changes the direction of the text after it.
  package var steers: Bool {
    switch value {
    case 0x20..<0x7F: false
    case 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: properties.generalCategory == .control
    }
  }
}
