/// Thrown for bytes that are not a report.
package struct MalformedReport: Error, Hashable, Sendable {
  /// The fault in words; `offset` is the byte where it was found.
  package let reason: String
  package let offset: Int
}

/// Reports as bytes, as they are stored in the spool. Little-endian.
///
///     u8 version (1) · u8 kind (1 reading, 2 event, 3 gap) · u32 epoch · u64 sequence · text sensor or stream
///     u64 boot · i64 uptime ns · i64 wall ns · u8 synced
///     reading: u8 quality · u8 count · count × { u8 kind, i64 millionths of the unit }
///     event:   u8 kind · text sensor (empty: the gateway) · text detail
///              raised and cleared alarms: u8 alarm · u8 quantity (0: none) · u8 known (1 value, 2 threshold, 3 both) ·
///              i64 value · i64 threshold, of what is known
///     gap:     u8 reason · u64 count · u16 spans · spans × { text sensor or stream,
///              u32 first epoch, u64 first sequence, u32 last epoch, u64 last sequence, u64 count (all ones: unknown) }
///
/// A text is a u16 length and that many bytes of UTF-8. Nothing follows the last field.
package enum ReportCoder {
  static let version: UInt8 = 1
  private static let unknown = UInt64.max

  /// Maximum size of a gap without its spans: the name of the events' stream is short.
  static let largestGapHead = 64
  /// Size of one span of a gap.
  static func size(of span: Gap.Span) -> Int { 34 + span.stream.utf8.count }

  package static func encode(_ report: Report) -> [UInt8] {
    var out = ByteWriter()
    switch report {
    case .reading(let reading):
      out.head(kind: 1, reading.identity, reading.time)
      out.integer(reading.quality.rawValue)
      out.integer(UInt8(clamping: reading.quantities.count))
      for quantity in reading.quantities.prefix(Int(UInt8.max)) {
        out.integer(quantity.kind.rawValue)
        out.integer(quantity.micros)
      }
    case .event(let event):
      out.head(kind: 2, event.identity, event.time)
      out.integer(event.kind.rawValue)
      out.text(event.sensor ?? "")
      out.text(event.detail)
      if let alarm = event.alarm { out.alarm(alarm) }
    case .gap(let gap):
      out.head(kind: 3, gap.identity, gap.time)
      out.integer(gap.reason.rawValue)
      out.integer(gap.count)
      out.integer(UInt16(clamping: gap.spans.count))
      for span in gap.spans.prefix(Int(UInt16.max)) {
        out.text(span.stream)
        out.position(span.first)
        out.position(span.last)
        out.integer(span.count ?? unknown)
      }
    }
    return out.bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(MalformedReport) -> Report {
    var input = ByteReader(bytes)
    guard try input.integer(UInt8.self) == version else { throw input.malformed("unknown version", back: 1) }
    let kind = try input.integer(UInt8.self)
    let report: Report
    switch kind {
    case 1: report = .reading(try reading(&input))
    case 2: report = .event(try event(&input))
    case 3: report = .gap(try gap(&input))
    default: throw input.malformed("unknown kind \(kind)", back: 1)
    }
    guard input.isAtEnd else { throw input.malformed("bytes after the end") }
    return report
  }

  private static func reading(_ input: inout ByteReader) throws(MalformedReport) -> Reading {
    let (identity, time) = try input.head()
    guard let quality = Quality(rawValue: try input.integer()) else {
      throw input.malformed("unknown quality", back: 1)
    }
    var quantities: [Quantity] = []
    for _ in 0..<(try input.integer(UInt8.self)) {
      guard let kind = Quantity.Kind(rawValue: try input.integer()) else {
        throw input.malformed("unknown quantity", back: 1)
      }
      guard let quantity = Quantity(kind, micros: try input.integer()) else {
        throw input.malformed("a contact that is neither open nor closed", back: 8)
      }
      quantities.append(quantity)
    }
    return Reading(identity: identity, time: time, quantities: quantities, quality: quality)
  }

  private static func event(_ input: inout ByteReader) throws(MalformedReport) -> Event {
    let (identity, time) = try input.head()
    guard let kind = Event.Kind(rawValue: try input.integer()) else { throw input.malformed("unknown event", back: 1) }
    let sensor = try input.text()
    let detail = try input.text()
    if kind == .alarmRaised || kind == .alarmCleared {
      let alarm = try input.alarm(of: sensor)
      return Event(identity: identity, time: time, raised: kind == .alarmRaised, alarm, detail: detail)
    }
    return Event(identity: identity, time: time, kind: kind, sensor: sensor.isEmpty ? nil : sensor, detail: detail)
  }

  private static func gap(_ input: inout ByteReader) throws(MalformedReport) -> Gap {
    let (identity, time) = try input.head()
    guard let reason = Gap.Reason(rawValue: try input.integer()) else {
      throw input.malformed("unknown reason", back: 1)
    }
    let total: UInt64 = try input.integer()
    var spans: [Gap.Span] = []
    for _ in 0..<(try input.integer(UInt16.self)) {
      let stream = try input.text()
      let (first, last) = (try input.position(), try input.position())
      let count: UInt64 = try input.integer()
      spans.append(Gap.Span(stream: stream, first: first, last: last, count: count == unknown ? nil : count))
    }
    return Gap(identity: identity, time: time, reason: reason, count: total, spans: spans)
  }
}

private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func integer<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends a text, cut at 65,535 bytes between whole characters.
  mutating func text(_ text: String) {
    var kept = Substring(text)
    while kept.utf8.count > Int(UInt16.max) { kept.removeLast() }
    integer(UInt16(kept.utf8.count))
    bytes.append(contentsOf: kept.utf8)
  }

  mutating func position(_ position: Gap.Position) {
    integer(position.epoch)
    integer(position.sequence)
  }

  mutating func alarm(_ alarm: Alarm) {
    integer(alarm.name.kind.rawValue)
    integer(alarm.name.quantity?.rawValue ?? 0)
    integer(UInt8((alarm.value == nil ? 0 : 1) + (alarm.threshold == nil ? 0 : 2)))
    if let value = alarm.value { integer(value) }
    if let threshold = alarm.threshold { integer(threshold) }
  }

  mutating func head(kind: UInt8, _ identity: Identity, _ time: Stamp) {
    bytes.reserveCapacity(96)
    integer(ReportCoder.version)
    integer(kind)
    integer(identity.epoch)
    integer(identity.sequence)
    text(identity.sensor)
    integer(time.boot.value)
    integer(time.uptime.nanoseconds)
    integer(time.wall.nanoseconds)
    integer(UInt8(time.synced ? 1 : 0))
  }
}

private struct ByteReader {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  func malformed(_ reason: String, back: Int = 0) -> MalformedReport {
    MalformedReport(reason: reason, offset: offset - back)
  }

  private mutating func take(_ count: Int) throws(MalformedReport) -> ArraySlice<UInt8> {
    guard bytes.count - offset >= count else { throw malformed("\(count) bytes expected, the record ends") }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(MalformedReport) -> T {
    var value: T = 0
    for byte in try take(T.bitWidth / 8).reversed() { value = (value << 8) | T(truncatingIfNeeded: byte) }
    return value
  }

  mutating func text() throws(MalformedReport) -> String {
    let raw = try take(Int(try integer(UInt16.self)))
    guard let text = String(validating: raw, as: UTF8.self) else {
      throw malformed("text is not UTF-8", back: raw.count)
    }
    return text
  }

  mutating func position() throws(MalformedReport) -> Gap.Position {
    Gap.Position(epoch: try integer(), sequence: try integer())
  }

  mutating func alarm(of sensor: String) throws(MalformedReport) -> Alarm {
    guard let kind = Alarm.Kind(rawValue: try integer()) else { throw malformed("unknown alarm", back: 1) }
    let code: UInt8 = try integer()
    let quantity = Quantity.Kind(rawValue: code)
    if quantity == nil, code != 0 { throw malformed("unknown quantity", back: 1) }
    let known: UInt8 = try integer()
    guard known <= 3 else { throw malformed("neither a value nor a threshold", back: 1) }
    let value: Int64? = known & 1 == 0 ? nil : try integer()
    let threshold: Int64? = known & 2 == 0 ? nil : try integer()
    let name = Alarm.Name(sensor: sensor, kind: kind, quantity: quantity)
    return Alarm(name, value: value, threshold: threshold)
  }

  mutating func head() throws(MalformedReport) -> (Identity, Stamp) {
    let epoch: UInt32 = try integer()
    let sequence: UInt64 = try integer()
    let identity = Identity(sensor: try text(), epoch: epoch, sequence: sequence)
    let boot = BootID(try integer())
    let uptime = Uptime(nanoseconds: try integer())
    let wall = WallTime(nanoseconds: try integer())
    let synced: UInt8 = try integer()
    guard synced <= 1 else { throw malformed("synced is \(synced)", back: 1) }
    return (identity, Stamp(boot: boot, uptime: uptime, wall: wall, synced: synced == 1))
  }
}
