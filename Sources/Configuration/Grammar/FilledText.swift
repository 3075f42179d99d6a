/// A text with the gateway's names filled in: the board's `{serial}`, `{hostname}`, `{mac}`, and `{device}` if known.
struct FilledText {
  private enum Piece {
    case text(Substring)
    case name(String)
  }

  /// Nil: the board's placeholders are kept.
  private let names: BoardNames?
  /// Nil: the text is the device's id itself, which has no `{device}`.
  private let device: String?
  /// Whether the text can be an access token, which no message may show.
  private let mayBeSecret: Bool

  init(_ surroundings: Surroundings, device: String? = nil, mayBeSecret: Bool = false) {
    names = surroundings.board.map(BoardNames.init)
    self.device = device
    self.mayBeSecret = mayBeSecret
  }

  /// Reads a field; nil after a mistake was added. Each piece between placeholders must follow the field's rule too.
  func read(_ field: Field) -> String? {
    // Without quotes, `{serial}` is a YAML group with one key.
    if case .mapping(let entries) = field.node.content, entries.count == 1, entries[0].value.isNull,
      field.form.placeholders.contains(entries[0].key)
    {
      field.mistake("write it in quotes: \"{\(entries[0].key)}\"")
      return nil
    }
    guard let written = field.text() else { return nil }
    guard written.contains("{") else {
      if field.form.isRight(written) { return written }
      mistake(field, "must be \(field.form.rule ?? "")", shows: ", not \"\(shortened(written))\"")
      return nil
    }
    guard let pieces = pieces(of: written, field), isRight(pieces, written, field) else { return nil }
    return filled(pieces, field)
  }

  private func pieces(of text: String, _ field: Field) -> [Piece]? {
    var pieces: [Piece] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "{") {
      guard let end = rest[start...].firstIndex(of: "}") else {
        mistake(field, "has a { without a }", shows: " (\"\(shortened(text))\")")
        return nil
      }
      let name = String(rest[rest.index(after: start)..<end])
      guard field.form.placeholders.contains(name) else {
        let shown = " {\(shortened(name))}" + Suggestion.clause(for: name, among: field.form.placeholders)
        // A plain word in braces is not a secret.
        if Name.isRight(name), !Disclosure.mayBeSecret(name) {
          field.mistake("unknown placeholder" + shown)
        } else {
          mistake(field, "unknown placeholder", shows: shown)
        }
        return nil
      }
      if start > rest.startIndex { pieces.append(.text(rest[..<start])) }
      pieces.append(.name(name))
      rest = rest[rest.index(after: end)...]
    }
    return rest.isEmpty ? pieces : pieces + [.text(rest)]
  }

  /// Checks the pieces between the placeholders, also where the board's names are not known.
  private func isRight(_ pieces: [Piece], _ written: String, _ field: Field) -> Bool {
    for case .text(let text) in pieces where !field.form.isRight(String(text)) {
      let possible = field.form.placeholders.map { "{\($0)}" }.joined(separator: ", ")
      mistake(field, "must be \(field.form.rule ?? ""), and \(possible)", shows: ", not \"\(shortened(written))\"")
      return false
    }
    return true
  }

  /// - Parameter shows: the end of the sentence, which quotes the file.
  private func mistake(_ field: Field, _ reason: String, shows: String) {
    if mayBeSecret {
      field.findings.add(field.node.mark, field.path, reason, hidesValue: true)
    } else {
      field.mistake(reason + shows)
    }
  }

  private func filled(_ pieces: [Piece], _ field: Field) -> String? {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let part): text += part
      case .name("device"): text += device ?? ""
      case .name(let name):
        guard let names else {
          text += "{\(name)}"
          continue
        }
        do throws(BoardNames.Missing) {
          text += try names.name(name)
        } catch {
          field.mistake("{\(name)}: \(error.reason)", mayPass: error.mayCome)
          return nil
        }
      }
    }
    // A text that still has the board's placeholders cannot be checked as a whole.
    if names == nil && text.contains("{") || field.form.isRight(text) { return text }
    let verdict = "on this board, and must be \(field.form.rule ?? "")"
    if mayBeSecret {
      field.findings.add(field.node.mark, field.path, "is too long or too short \(verdict)", hidesValue: true)
    } else {
      field.mistake("is \"\(shortened(text))\" \(verdict)")
    }
    return nil
  }
}
