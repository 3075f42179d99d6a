/// `device.id`: as it is, or with the board's own `{serial}`, `{hostname}` or `{mac}` in it.
struct DeviceID {
  private enum Piece {
    case text(Substring)
    case name(String)
  }

  let names: BoardNames?

  /// Nil after a mistake was added.
  func read(_ field: Field) -> String? {
    // Without quotes `{serial}` is YAML for a group with one key.
    if case .mapping(let entries) = field.node.content, entries.count == 1, entries[0].value.isNull,
      BoardNames.all.contains(entries[0].key)
    {
      field.mistake("write it in quotes: \"{\(entries[0].key)}\"")
      return nil
    }
    guard let written = field.text() else { return nil }
    guard written.contains("{") else {
      return field.text(Name.rule, where: Name.isRight)
    }
    guard let pieces = pieces(of: written, field), isRight(pieces, written, field) else { return nil }
    guard let names else { return written }
    return id(pieces, names, field)
  }

  private func pieces(of text: String, _ field: Field) -> [Piece]? {
    var pieces: [Piece] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "{") {
      guard let end = rest[start...].firstIndex(of: "}") else {
        field.mistake("has a { without a } (\"\(shortened(text))\")")
        return nil
      }
      let name = String(rest[rest.index(after: start)..<end])
      guard BoardNames.all.contains(name) else {
        field.mistake(
          "unknown placeholder {\(shortened(name))}" + Suggestion.clause(for: name, among: BoardNames.all))
        return nil
      }
      if start > rest.startIndex { pieces.append(.text(rest[..<start])) }
      pieces.append(.name(name))
      rest = rest[rest.index(after: end)...]
    }
    return rest.isEmpty ? pieces : pieces + [.text(rest)]
  }

  /// What stands between the placeholders, also where the board's names are not known.
  private func isRight(_ pieces: [Piece], _ written: String, _ field: Field) -> Bool {
    for case .text(let text) in pieces where !Name.isRight(String(text)) {
      field.mistake("must be \(Name.rule), and {serial}, {hostname}, {mac}, not \"\(shortened(written))\"")
      return false
    }
    return true
  }

  private func id(_ pieces: [Piece], _ names: BoardNames, _ field: Field) -> String? {
    var id = ""
    for piece in pieces {
      switch piece {
      case .text(let text): id += text
      case .name(let name):
        do throws(BoardNames.Missing) {
          id += try names.name(name)
        } catch {
          field.mistake("{\(name)}: \(error.reason)", mayPass: error.mayCome)
          return nil
        }
      }
    }
    guard Name.isRight(id) else {
      field.mistake("is \"\(shortened(id))\" on this board, and must be \(Name.rule)")
      return nil
    }
    return id
  }
}
