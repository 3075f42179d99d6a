import Telemetry

/// A JSON value. An object keeps its members in the order given.
package enum JSON: Hashable, Sendable {
  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSON
  }

  case text(String)
  /// The number as JSON writes it.
  case number(String)
  case boolean(Bool)
  case list([JSON])
  case object([Member])
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral text: String) { self = .text(text) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(integerLiteral value: Int) { self = .number("\(value)") }
  package init(arrayLiteral items: JSON...) { self = .list(items) }
  package init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(members.map { Member(name: $0.0, value: $0.1) })
  }
}

extension JSON {
  package init(_ number: some BinaryInteger) { self = .number("\(number)") }
  init(texts: [String]) { self = .list(texts.map { .text($0) }) }

  /// The members of an object; those of anything else are none.
  package var members: [Member] { if case .object(let members) = self { members } else { [] } }

  package subscript(name: String) -> JSON? { members.first { $0.name == name }?.value }

  /// The object with more members at its end.
  func with(_ name: String, _ value: JSON?) -> JSON {
    guard let value else { return self }
    return .object(members + [Member(name: name, value: value)])
  }

  /// The object with another value of a member that it has.
  func replacing(_ name: String, by value: JSON) -> JSON {
    .object(members.map { $0.name == name ? Member(name: name, value: value) : $0 })
  }
}

extension JSON {
  /// The value as text, two spaces for each level. A list of plain values is on one line.
  package var rendered: String { rendered(indentation: "") }

  private func rendered(indentation: String) -> String {
    let inner = indentation + "  "
    func block(_ begin: String, _ lines: [String], _ end: String) -> String {
      lines.isEmpty
        ? begin + end : "\(begin)\n\(inner)\(lines.joined(separator: ",\n" + inner))\n\(indentation)\(end)"
    }
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let number): return number
    case .boolean(let value): return "\(value)"
    case .list(let items) where items.allSatisfy(\.isPlain):
      return "[" + items.map { $0.rendered(indentation: "") }.joined(separator: ", ") + "]"
    case .list(let items): return block("[", items.map { $0.rendered(indentation: inner) }, "]")
    case .object(let members):
      return block("{", members.map { "\(Self.quoted($0.name)): \($0.value.rendered(indentation: inner))" }, "}")
    }
  }

  private var isPlain: Bool {
    switch self {
    case .list, .object: false
    case .text, .number, .boolean: true
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.value < 0x20: "\\u" + String(scalar.value, radix: 16, padded: 4)
      default: "\(scalar)"
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
