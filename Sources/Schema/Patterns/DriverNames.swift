import Drivers

/// The names by which a configuration can call each driver.
enum DriverNames {
  /// The driver's own name, and its part numbers as printed, as far as no other chip has them: for a person to choose
  /// from.
  static func names(of chip: Chip) -> [String] {
    ([chip.name] + chip.parts).filter { Catalog.chips.called($0) == [chip] }
  }

  /// Matches these names in any case. A part number may be written without its maker in brackets.
  static func pattern(of chip: Chip) -> String {
    let short = chip.parts.filter { $0.hasSuffix(")") }.map { String($0.prefix { $0 != "(" }.dropLast()) }
    let words = (names(of: chip) + short).reduce(into: [String]()) { words, word in
      let isOwn = [word, word.lowercased(), word.uppercased()].allSatisfy { Catalog.chips.called($0) == [chip] }
      let pattern = isOwn ? anyCase(word) : word == chip.name ? word : nil
      if let pattern, !words.contains(pattern) { words.append(pattern) }
    }
    return "^(" + words.joined(separator: "|") + ")$"
  }

  /// The schema of the key `driver`: the names for a person to choose from, or one of them in other letters.
  static var schema: JSON {
    [
      "type": "string",
      "anyOf": [
        ["enum": JSON(texts: Catalog.chips.flatMap(names))],
        ["pattern": .text("(" + Catalog.chips.map(pattern).joined(separator: "|") + ")")],
      ],
    ]
  }

  /// Matches the word in small and capital letters.
  static func anyCase(_ word: String) -> String {
    word.map { letter in
      let (small, large) = (letter.lowercased(), letter.uppercased())
      if small != large { return "[\(large)\(small)]" }
      return letter.isNumber || letter == " " || letter == "-" ? "\(letter)" : "\\\(letter)"
    }.joined()
  }
}
