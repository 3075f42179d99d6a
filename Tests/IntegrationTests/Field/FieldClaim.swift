import Foundation

/// One line of a report's `expected`. Tests/Field/README.md lists what may be claimed.
enum FieldClaim: Equatable {
  /// Whether a published value is right: a number, or true and false of a contact.
  struct Value: Equatable {
    var quantity: String
    var number: Double
    var quality: String
  }

  case check(file: String)
  case checkSays(file: String, text: String)
  case reading(sensor: String, Value)
  case noReading(sensor: String)
  case fault(sensor: String, text: String)
  case event(name: String, sensor: String)
  case log(text: String)
  /// Of a file below `root/`, before the daemon starts.
  case age(path: String, seconds: Double)

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// Every claim of a file; empty lines, and those that begin with #, claim nothing.
  static func all(_ text: String) throws -> [FieldClaim] {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    let claims = try lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map(FieldClaim.init)
    if claims.allSatisfy(\.isPreparation) { throw Unreadable(description: "expected claims nothing") }
    return claims
  }

  init(_ line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    guard let claim = Self.checking(words, line) ?? Self.telling(words, line) ?? Self.reading(words) else {
      throw Unreadable(description: "no claim: \"\(line)\"; Tests/Field/README.md lists what may be claimed")
    }
    self = claim
  }

  private static func checking(_ words: [String], _ line: String) -> FieldClaim? {
    guard words.first == "check" else { return nil }
    if words == ["check", "ok"] { return .check(file: "devices.yaml") }
    if words.count == 3, words[2] == "ok" { return .check(file: words[1]) }
    guard words.count > 3, words[2] == "says" else { return nil }
    return .checkSays(file: words[1], text: rest(line, after: 3))
  }

  private static func telling(_ words: [String], _ line: String) -> FieldClaim? {
    switch (words[0], words.count) {
    case ("fault", 3...): .fault(sensor: words[1], text: rest(line, after: 2))
    case ("event", 3): .event(name: words[1], sensor: words[2])
    case ("log", 2...): .log(text: rest(line, after: 1))
    case ("age", 3): seconds(words[2]).map { .age(path: words[1], seconds: $0) }
    default: nil
    }
  }

  private static func reading(_ words: [String]) -> FieldClaim? {
    if words.count == 3, words[0] == "no", words[1] == "reading" { return .noReading(sensor: words[2]) }
    guard words.first == "reading", 4...5 ~= words.count, let number = number(words[3]) else { return nil }
    let quality = words.count == 5 ? words[4] : "good"
    guard ["good", "suspect"].contains(quality) else { return nil }
    return .reading(sensor: words[1], Value(quantity: words[2], number: number, quality: quality))
  }

  private static func number(_ word: String) -> Double? {
    switch word {
    case "true": 1
    case "false": 0
    default: Double(word)
    }
  }

  /// As in devices.yaml: `28d`.
  private static func seconds(_ word: String) -> Double? {
    guard let unit = word.last, let factor = ["s": 1.0, "m": 60, "h": 3_600, "d": 86_400][unit] else { return nil }
    return Double(word.dropLast()).map { $0 * factor }
  }

  /// The line without its first words; white space inside stays as it is.
  private static func rest(_ line: String, after words: Int) -> String {
    line.split(separator: " ", maxSplits: words).last.map(String.init) ?? ""
  }

  var isPreparation: Bool { if case .age = self { true } else { false } }

  var needsDaemon: Bool {
    switch self {
    case .check, .checkSays, .age: false
    case .reading, .noReading, .fault, .event, .log: true
    }
  }
}
