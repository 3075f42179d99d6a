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
    let text = "fieldpost \(id)"
    let halves = [fnv1a(text), fnv1a(text, from: 0x6C62_272E_07BB_0142)]
    return halves.map { String($0, radix: 16, padded: 16) }.joined()
  }
}
