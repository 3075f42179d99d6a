import Telemetry

/// One value of the file and its place. Every method that reads it returns a valid value, or adds a mistake to the
/// findings and returns nil.
struct Field {
  let node: YAMLNode
  let path: String
  let findings: Diagnostics
  /// This value's row in the table of keys.
  var shape = Shape.text(.any)
  /// Appended to every mistake of this field, such as what else the writer may have meant.
  var advice = ""

  /// The same value with another shape; nil keeps it.
  func shaped(_ shape: Shape?) -> Field {
    var field = self
    field.shape = shape ?? self.shape
    return field
  }

  func mistake(_ reason: String, mayPass: Bool = false) {
    findings.add(node.mark, path, reason + advice, mayPass: mayPass)
  }

  /// The text of a single value. Numbers and words are both text.
  func text() -> String? {
    // The findings are full: further mistakes would not be shown.
    guard !findings.isFull else { return nil }
    if case .scalar(let text, _) = node.content, !node.isNull { return text }
    mistake("must be a single value, not \(node.kind)")
    return nil
  }

  func text(_ meaning: String, where isRight: (String) -> Bool) -> String? {
    guard let text = text() else { return nil }
    if isRight(text) { return text }
    mistake("must be \(meaning), not \"\(shortened(text))\"")
    return nil
  }

  func integer(in range: ClosedRange<Int>) -> Int? {
    guard let text = text() else { return nil }
    let isSigned = text.hasPrefix("-") || text.hasPrefix("+")
    guard isDigits(isSigned ? text.dropFirst() : text[...]) else {
      mistake("must be a whole number, not \"\(shortened(text))\"")
      return nil
    }
    // Nil: the number does not even fit into a machine word.
    guard let number = Int(text), range.contains(number) else {
      mistake("\(shortened(text)) is out of range: \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return number
  }

  func boolean() -> Bool? {
    guard let text = text() else { return nil }
    switch text {
    case "true": return true
    case "false": return false
    default:
      let meant = ["yes", "on", "1"].contains(text.lowercased()) || text.lowercased() == "true" ? "true" : nil
      let instead = ["no", "off", "0"].contains(text.lowercased()) || text.lowercased() == "false" ? "false" : nil
      mistake(
        "must be true or false, not \"\(shortened(text))\""
          + ((meant ?? instead).map { "; did you mean \($0)?" } ?? ""))
      return nil
    }
  }

  func choice<Value>(_ choices: [(name: String, value: Value)]) -> Value? {
    guard let text = text() else { return nil }
    if let found = choices.first(where: { $0.name == text }) { return found.value }
    let names = choices.map(\.name)
    mistake("unknown value \"\(shortened(text))\"" + Suggestion.clause(for: text, among: names))
    return nil
  }

  /// Whether the value is `off`, in place of a duration.
  var isOff: Bool { if case .scalar("off", _) = node.content { true } else { false } }

  func duration(_ range: ClosedRange<Duration>) -> Duration? {
    amount(.duration, range.lowerBound.milliseconds...range.upperBound.milliseconds).map { .milliseconds($0) }
  }

  func size(_ range: ClosedRange<ByteCount>) -> ByteCount? {
    amount(.size, range.lowerBound.bytes...range.upperBound.bytes).map(ByteCount.init(bytes:))
  }

  private func amount(_ notation: UnitNotation, _ range: ClosedRange<Int64>) -> Int64? {
    guard let text = text() else { return nil }
    switch notation.parse(text) {
    case .mistake(let reason):
      mistake(reason)
      return nil
    case .value(let value) where !range.contains(value):
      let (low, high) = (notation.scale.text(range.lowerBound), notation.scale.text(range.upperBound))
      mistake("\(shortened(text)) is out of range: \(low) to \(high)")
      return nil
    case .value(let value):
      return value
    }
  }

  /// The value of a key in a group, to point at it. The rest of the group is not checked.
  func value(_ key: String) -> Field? {
    guard case .mapping(let entries) = node.content, let entry = entries.first(where: { $0.key == key }) else {
      return nil
    }
    return Field(node: entry.value, path: path.isEmpty ? key : "\(path).\(key)", findings: findings)
  }

  /// The value as a group that may contain only the `known` keys.
  func section(_ known: [String]) -> Section? { Section(self, known.map { Key($0, .text(.any)) }) }

  func list() -> [Field]? {
    guard case .sequence(let items) = node.content else {
      mistake("must be a list (lines that begin with \"- \"), not \(node.kind)")
      return nil
    }
    return items.enumerated().map {
      Field(node: $0.element, path: "\(path)[\($0.offset)]", findings: findings, shape: shape.element ?? .text(.any))
    }
  }
}

/// A text short enough for a message, with nothing that could control a terminal and nothing that may be a secret.
func shortened(_ text: String, to limit: Int = 60) -> String {
  if Disclosure.mayBeSecret(text) || Disclosure.holdsUUID(text) { return Disclosure.left }
  return cut(text, to: limit)
}

private func cut(_ text: String, to limit: Int) -> String {
  let start = text.unicodeScalars.prefix(limit - 2)
  let shown =
    start.count > limit - 3 && text.unicodeScalars.count > limit
    ? start.prefix(limit - 3) + "…".unicodeScalars : text.unicodeScalars[...]
  return printable(String(String.UnicodeScalarView(shown)))
}

extension String {
  /// Like `contains` with a text, which would link the standard library's regular expressions into the daemon: 1.5 MB.
  func holds(_ part: String) -> Bool {
    guard let first = part.utf8.first else { return true }
    return utf8.indices.contains { utf8[$0] == first && utf8[$0...].starts(with: part.utf8) }
  }
}

/// Whether a text is only digits 0 … 9, at least one. The standard library's numbers may also begin with a sign.
func isDigits(_ text: some StringProtocol) -> Bool {
  !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
}
