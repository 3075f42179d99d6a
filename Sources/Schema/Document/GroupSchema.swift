import Configuration

/// Schemas of groups of keys, and of what is in them.
struct GroupSchema {
  /// The note on a key of the group at a path; nil: there is none.
  let note: (Key, _ home: String) -> Note?

  /// A group that may contain only these keys.
  func group(_ keys: [Key], in home: String) -> JSON {
    let keys = keys.filter { !$0.isMisplaced }
    let needs = keys.compactMap { key -> JSON.Member? in
      guard let needs = note(key, home)?.needs, !needs.isEmpty else { return nil }
      return JSON.Member(name: key.name, value: JSON(texts: needs))
    }
    let required = keys.filter { $0.purpose != nil }.map(\.name)
    return JSON.object([JSON.Member(name: "type", value: "object")])
      .with("properties", .object(keys.map { JSON.Member(name: $0.name, value: property($0, in: home)) }))
      .with("required", required.isEmpty ? nil : JSON(texts: required))
      .with("dependentRequired", needs.isEmpty ? nil : .object(needs))
      .with("additionalProperties", false)
  }

  /// A key's value, with what a person should know of it.
  func property(_ key: Key, in home: String) -> JSON {
    let note = self.note(key, home)
    let schema = value(key.shape, in: Notes.home(of: key, in: home))
    return (key.purpose == nil ? nullable(schema) : schema)
      .with("description", note.map { .text(description($0, key.shape)) })
      .with(
        "patternErrorMessage", schema["pattern"].flatMap { _ in key.shape.words.map { JSON.text("must be \($0)") } }
      )
      .with("default", note?.usual)
      .with("$comment", note.map { .text("since \($0.since)") })
  }

  private func description(_ note: Note, _ shape: Shape) -> String {
    note.meaning + (shape.words.map { " Values: \(sentence($0))" } ?? "")
  }

  private func value(_ shape: Shape, in home: String) -> JSON {
    switch shape {
    case .group(let keys): group(keys, in: home)
    case .oneOf(let keys): group(keys, in: home).with("minProperties", 1).with("maxProperties", 1)
    case .list(let element, let count): list(element, count, in: home)
    case .oneOrMore(let element, let count): ["anyOf": [value(element, in: home), list(element, count, in: home)]]
    default: shape.plain
    }
  }

  private func list(_ element: Shape, _ count: ClosedRange<Int>, in home: String) -> JSON {
    let base: JSON = ["type": "array", "items": value(element, in: home)]
    var isChoice: Bool { if case .choice = element { true } else { false } }
    return base.with("minItems", count.lowerBound == 0 ? nil : JSON(count.lowerBound))
      .with("maxItems", count.upperBound == Int.max ? nil : JSON(count.upperBound))
      .with("uniqueItems", isChoice ? true : nil)
  }

  /// A group or a list whose keys are all in comments is empty, and YAML takes it for null.
  private func nullable(_ schema: JSON) -> JSON {
    guard let type = schema["type"], type == "object" || type == "array" else { return schema }
    return schema.replacing("type", by: [type, "null"])
  }
}
