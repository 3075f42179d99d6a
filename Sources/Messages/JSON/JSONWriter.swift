import Telemetry

/// Writes JSON objects without Foundation: all that fieldpost publishes, and what its tools print.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  package static func object(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.bytes.reserveCapacity(256)
    writer.bytes.append(UInt8(ascii: "{"))
    fill(&writer)
    writer.bytes.append(UInt8(ascii: "}"))
    return writer.bytes
  }

  package mutating func text(_ name: String, _ value: String) {
    key(name)
    quoted(value)
  }

  package mutating func number(_ name: String, _ value: UInt64) {
    key(name)
    bytes.append(contentsOf: String(value).utf8)
  }

  /// `literal` has to be a valid JSON value already: a number, a word, or an object.
  package mutating func literal(_ name: String, _ literal: String) {
    key(name)
    bytes.append(contentsOf: literal.utf8)
  }

  package mutating func object(_ name: String, _ fill: (inout JSONWriter) -> Void) {
    key(name)
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    fill(&self)
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  /// An array of objects.
  package mutating func array<Element>(
    _ name: String, _ elements: [Element], _ fill: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "{"))
      isFirst = true
      fill(element, &self)
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "]"))
    isFirst = false
  }

  /// An array of texts.
  package mutating func texts(_ name: String, _ texts: [String]) {
    key(name)
    bytes.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      quoted(text)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func key(_ name: String) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    quoted(name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func quoted(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20: bytes.append(contentsOf: Self.escape(byte))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func escape(_ control: UInt8) -> String.UTF8View {
    "\\u\(String(control, radix: 16, padded: 4))".utf8
  }
}
