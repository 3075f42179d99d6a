/// A JSON object (RFC 8259) of texts, numbers and booleans, without nesting: the form of a command. Anything else is
/// refused, so that no client that may publish to a gateway can make it recurse or use much memory.
struct FlatObject: Hashable, Sendable {
  enum Value: Hashable, Sendable {
    case text(String)
    /// The number as it was written.
    case number(String)
    case boolean(Bool)
  }

  /// Largest size of the object, in bytes.
  static let sizeLimit = 1_024
  static let memberLimit = 16

  let members: [String: Value]

  init(_ bytes: [UInt8]) throws(MalformedObject) {
    guard bytes.count <= Self.sizeLimit else { throw MalformedObject("more than \(Self.sizeLimit) bytes", at: 0) }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw MalformedObject("not UTF-8", at: 0) }
    var parser = FlatParser(bytes)
    members = try parser.object()
  }
}

/// Why bytes are not a flat object.
struct MalformedObject: Error, Hashable, Sendable, CustomStringConvertible {
  let reason: String
  /// Position of the fault, in bytes.
  let offset: Int

  init(_ reason: String, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  var description: String { "\(reason) (byte \(offset))" }
}

/// Parses bytes that are valid UTF-8, in one pass.
private struct FlatParser {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private func malformed(_ reason: String) -> MalformedObject { MalformedObject(reason, at: index) }

  mutating func object() throws(MalformedObject) -> [String: FlatObject.Value] {
    var members: [String: FlatObject.Value] = [:]
    skipSpace()
    guard take("{") else { throw malformed("not a JSON object") }
    skipSpace()
    var isOver = take("}")
    while !isOver {
      guard members.count < FlatObject.memberLimit else { throw malformed("too many members") }
      let start = index
      let name = try text()
      guard members[name] == nil else { throw MalformedObject("a name that comes twice", at: start) }
      skipSpace()
      guard take(":") else { throw malformed("no colon behind a name") }
      skipSpace()
      members[name] = try value()
      skipSpace()
      isOver = take("}")
      if !isOver {
        guard take(",") else { throw malformed("neither a comma nor the end behind a value") }
        skipSpace()
      }
    }
    skipSpace()
    guard next == nil else { throw malformed("something behind the end") }
    return members
  }

  private mutating func value() throws(MalformedObject) -> FlatObject.Value {
    switch next {
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "{"), UInt8(ascii: "["): throw malformed("nesting")
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return .number(try number())
    default:
      if take("true") { return .boolean(true) }
      if take("false") { return .boolean(false) }
      throw malformed("not a text, a number, true or false")
    }
  }

  private mutating func text() throws(MalformedObject) -> String {
    guard take("\"") else { throw malformed("not a text") }
    var content: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        index += 1
        content += String(Character(try escaped())).utf8
      case 0..<0x20: throw malformed("a control character in a text")
      default:
        content.append(byte)
        index += 1
      }
    }
    throw malformed("a text without an end")
  }

  /// Reads what follows a backslash.
  private mutating func escaped() throws(MalformedObject) -> Unicode.Scalar {
    guard let byte = next else { throw malformed("a text without an end") }
    if byte == UInt8(ascii: "u") {
      index += 1
      return try unicode()
    }
    let scalar: Unicode.Scalar
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(byte)
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{C}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    default: throw malformed("an unknown escape")
    }
    index += 1
    return scalar
  }

  /// Reads what follows `\u`. Outside the basic plane, two such escapes stand for one character.
  private mutating func unicode() throws(MalformedObject) -> Unicode.Scalar {
    let start = index
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take("\\u") else { throw MalformedObject("half of a surrogate pair", at: start) }
    let second = try hexadecimal()
    guard 0xDC00...0xDFFF ~= second,
      let scalar = Unicode.Scalar(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw MalformedObject("half of a surrogate pair", at: start) }
    return scalar
  }

  private mutating func hexadecimal() throws(MalformedObject) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 128 else {
        throw malformed("not four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  private mutating func number() throws(MalformedObject) -> String {
    let start = index
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() throws(MalformedObject) {
    let start = index
    while let byte = next, isDigit(byte) { index += 1 }
    guard index > start else { throw malformed("not a number") }
  }

  private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let isThere = word.withUTF8Buffer { bytes[index...].starts(with: $0) }
    if isThere { index += word.utf8CodeUnitCount }
    return isThere
  }
}
