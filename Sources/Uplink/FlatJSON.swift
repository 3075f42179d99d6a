/// Reads one JSON object whose values are texts, numbers, words: what a command is written in. No nesting, so no depth, and
/// of a limited length, so that nobody can make the daemon work (RFC 8259).
public struct FlatJSON: Hashable, Sendable {
  /// More than any command has.
  public static let longest = 1_024

  public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    /// Of the byte, from 0.
    public let offset: Int

    public var description: String { "\(reason), at byte \(offset)" }
  }

  private var bytes: [UInt8]
  private var place = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The object's values as texts: of a number or a word (`true`, `null`) its spelling.
  public static func object(_ bytes: [UInt8]) throws(Mistake) -> [String: String] {
    guard bytes.count <= longest else { throw Mistake(reason: "longer than \(longest) bytes", offset: longest) }
    var reader = FlatJSON(bytes)
    return try reader.object()
  }

  private mutating func object() throws(Mistake) -> [String: String] {
    var values: [String: String] = [:]
    try expect("{")
    if try peek() == UInt8(ascii: "}") {
      try expect("}")
    } else {
      repeat {
        let start = place
        let key = try text()
        try expect(":")
        guard values[key] == nil else { throw Mistake(reason: "a key comes twice", offset: start) }
        values[key] = try value()
      } while try goesOn()
    }
    skipSpace()
    guard place == bytes.count else { throw mistake("something behind the end") }
    return values
  }

  /// A comma, or the end of the object.
  private mutating func goesOn() throws(Mistake) -> Bool {
    let next = try peek()
    guard next == UInt8(ascii: ",") || next == UInt8(ascii: "}") else { throw mistake("neither , nor }") }
    place += 1
    return next == UInt8(ascii: ",")
  }

  private mutating func value() throws(Mistake) -> String {
    switch try peek() {
    case UInt8(ascii: "\""): return try text()
    case UInt8(ascii: "{"), UInt8(ascii: "["): throw mistake("a value within a value")
    default: return try word()
    }
  }

  /// A number, true, false, null.
  private mutating func word() throws(Mistake) -> String {
    let start = place
    while place < bytes.count, Self.isOfWord(bytes[place]) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || Double(word)?.isFinite == true else {
      throw Mistake(reason: "not a value", offset: start)
    }
    return word
  }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private mutating func text() throws(Mistake) -> String {
    try expect("\"")
    let start = place
    var content: [UInt8] = []
    while true {
      guard place < bytes.count else { throw Mistake(reason: "a text without an end", offset: start) }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw Mistake(reason: "not UTF-8", offset: start)
        }
        return text
      case UInt8(ascii: "\\"): content += try escaped()
      case 0..<0x20: throw Mistake(reason: "a control character", offset: place - 1)
      default: content.append(byte)
      }
    }
  }

  private mutating func escaped() throws(Mistake) -> [UInt8] {
    guard place < bytes.count else { throw mistake("a text without an end") }
    defer { place += 1 }
    switch bytes[place] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [bytes[place]]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    // No command has a use for \u, \b and \f.
    default: throw mistake("an escape that is not known here")
    }
  }

  private mutating func skipSpace() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
  }

  private mutating func peek() throws(Mistake) -> UInt8 {
    skipSpace()
    guard place < bytes.count else { throw mistake("it ends early") }
    return bytes[place]
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Mistake) {
    guard try peek() == UInt8(ascii: character) else { throw mistake("\(character) is missing") }
    place += 1
  }

  private func mistake(_ reason: String) -> Mistake { Mistake(reason: reason, offset: place) }
}
