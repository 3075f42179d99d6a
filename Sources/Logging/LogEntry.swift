import Telemetry

/// One message, with the fields for programs.
package struct LogEntry: Hashable, Sendable {
  /// The subject of a message, in the journal's fields.
  package enum Field: String, Sendable {
    case sensor = "FIELDPOST_SENSOR"
    case bus = "FIELDPOST_BUS"
    case broker = "FIELDPOST_BROKER"
    case thread = "FIELDPOST_THREAD"
  }

  package let level: LogLevel
  /// The identifier stays the same when the text changes: `sensor-fault`.
  package let id: String
  package var text: String
  package let fields: [Field: String]

  package init(_ level: LogLevel, id: String, _ text: String, _ fields: [Field: String] = [:]) {
    self.level = level
    self.id = id
    self.text = text
    self.fields = fields
  }
}

extension LogEntry {
  /// The journal's MESSAGE_ID of messages with this id: 128 bits as hexadecimal digits, made from its letters (FNV-1a,
  /// twice) so that it never changes.
  package static func journalID(of id: String) -> String {
    func hash(_ start: UInt64) -> String {
      let value = "fieldpost \(id)".utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return hash(0xCBF2_9CE4_8422_2325) + hash(0x6C62_272E_07BB_0142)
  }
}
