import TestSupport
import Testing

@testable import Telemetry

@Suite("Reports as bytes")
struct ReportCoderTests {
  static let stamp = Stamp(
    boot: BootID(0xDEAD_BEEF_0123_4567), uptime: Uptime(nanoseconds: 12_345_678_901),
    wall: WallTime(nanoseconds: 1_763_874_062_123_000_000), synced: true)
  static let reading = Report.reading(
    Reading(
      identity: Identity(sensor: "kühl-1", epoch: 7, sequence: 1_042), time: stamp,
      quantities: [
        .temperature(Temperature(microcelsius: -10_250_000)), .humidity(RelativeHumidity(micropercent: 45_200_000)),
        .contact(true),
      ], quality: .suspect))
  static let event = Report.event(
    Event(
      identity: Identity(sensor: Event.stream, epoch: .max, sequence: .max), time: stamp, kind: .sensorFault,
      sensor: "freezer-1", detail: "no answer"))
  static let gatewayEvent = Report.event(
    Event(
      identity: Identity(sensor: Event.stream, epoch: 1, sequence: 1), time: stamp, kind: .started, sensor: nil,
      detail: ""))

  static func alarm(_ kind: Alarm.Kind, _ quantity: Quantity.Kind?, value: Int64?, threshold: Int64?) -> Report {
    let name = Alarm.Name(sensor: "freezer-1", kind: kind, quantity: quantity)
    return .event(
      Event(
        identity: Identity(sensor: Event.stream, epoch: 2, sequence: 9), time: stamp, raised: value != nil,
        Alarm(name, value: value, threshold: threshold), detail: "high: temperature"))
  }

  static let alarms = [
    alarm(.high, .temperature, value: -14_200_000, threshold: -15_000_000),
    alarm(.stale, nil, value: nil, threshold: 30_000_000), alarm(.low, .humidity, value: .min, threshold: nil),
    alarm(.rate, .pressure, value: nil, threshold: nil),
  ]

  static let gap = Report.gap(
    Gap(
      identity: Identity(sensor: Event.stream, epoch: 2, sequence: 3), time: stamp, reason: .unreadable, count: 12,
      spans: [
        Gap.Span(
          stream: "freezer-1", first: Gap.Position(epoch: 1, sequence: 900), last: Gap.Position(epoch: 2, sequence: 4),
          count: nil),
        Gap.Span(
          stream: "event", first: Gap.Position(epoch: 2, sequence: 1), last: Gap.Position(epoch: 2, sequence: .max),
          count: 2),
      ]))

  @Test("What was encoded is decoded the same", arguments: [reading, event, gatewayEvent, gap] + alarms)
  func roundTrip(_ report: Report) throws {
    #expect(try ReportCoder.decode(ReportCoder.encode(report)) == report)
  }

  @Test("A record that ends early is malformed, wherever it ends", arguments: [reading, event, gap] + alarms)
  func truncated(_ report: Report) {
    let bytes = ReportCoder.encode(report)
    for length in bytes.indices {
      #expect(throws: MalformedReport.self) { try ReportCoder.decode(Array(bytes[..<length])) }
    }
  }

  @Test("Bytes after the end are malformed", arguments: [reading, event] + alarms)
  func trailing(_ report: Report) {
    #expect(throws: MalformedReport.self) { try ReportCoder.decode(ReportCoder.encode(report) + [0]) }
  }

  @Test("An unknown version, kind, quality, quantity, event or flag is malformed and says where")
  func unknownCodes() throws {
    let bytes = ReportCoder.encode(Self.reading)
    let head = 2 + 4 + 8 + 2 + "kühl-1".utf8.count + 24
    for offset in [0, 1, head, head + 1, head + 3] {
      var broken = bytes
      broken[offset] = 0xEE
      #expect(throws: MalformedReport.self, "byte \(offset)") { try ReportCoder.decode(broken) }
    }
    var version = bytes
    version[0] = 9
    #expect(throws: MalformedReport(reason: "unknown version", offset: 0)) { try ReportCoder.decode(version) }
  }

  /// Version 0.1.0, before there were alarms, wrote this; such records lie in buffers.
  @Test("Events of before there were alarms are read as they were")
  func oldEvents() throws {
    let head: [UInt8] = [1, 2, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5, 0] + "event".utf8
    let time: [UInt8] = [UInt8](repeating: 0, count: 24) + [1]
    let kinds: [(UInt8, Event.Kind)] = [
      (1, .started), (2, .sensorFault), (3, .sensorRecovered), (8, .busFault), (9, .busRecovered),
    ]
    for (code, kind) in kinds {
      let record = head + time + [code, 1, 0, 0x61, 2, 0, 0x6F, 0x6B]
      guard case .event(let event) = try ReportCoder.decode(record) else {
        Issue.record("no event")
        continue
      }
      #expect(event.kind == kind)
      #expect(event.sensor == "a")
      #expect(event.detail == "ok")
      #expect(event.alarm == nil)
      #expect(ReportCoder.encode(.event(event)) == record)
    }
  }

  @Test("An unknown alarm, quantity or flag of an alarm is malformed and says where")
  func unknownAlarms() {
    let bytes = ReportCoder.encode(Self.alarms[0])
    for (back, reason) in [(19, "unknown alarm"), (18, "unknown quantity"), (17, "neither a value nor a threshold")] {
      var broken = bytes
      broken[bytes.count - back] = 0xEE
      #expect(throws: MalformedReport(reason: reason, offset: bytes.count - back)) { try ReportCoder.decode(broken) }
    }
  }

  @Test("A contact is open or closed, and nothing else")
  func contact() throws {
    func coded(_ micros: Int64) -> [UInt8] {
      let open = Reading(
        identity: Identity(sensor: "door", epoch: 1, sequence: 1), time: Self.stamp, quantities: [.contact(false)],
        quality: .good)
      let bytes = ReportCoder.encode(.reading(open))
      return bytes.dropLast(8) + withUnsafeBytes(of: micros.littleEndian) { Array($0) }
    }
    for micros: Int64 in [0, 1_000_000] {
      #expect(try ReportCoder.encode(ReportCoder.decode(coded(micros))) == coded(micros))
    }
    for micros: Int64 in [1, -1, 999_999, .min] {
      #expect(throws: MalformedReport.self) { try ReportCoder.decode(coded(micros)) }
    }
  }

  @Test("Text that is not UTF-8 is malformed")
  func badText() {
    var bytes = ReportCoder.encode(Self.reading)
    bytes[2 + 4 + 8 + 2] = 0xFF
    #expect(throws: MalformedReport.self) { try ReportCoder.decode(bytes) }
  }

  @Test("No damage crashes the decoder, and what it accepts is encoded to the same bytes")
  func damage() {
    var random = SeededRandom(seed: 20_261_123)
    for original in [Self.reading, Self.event].map(ReportCoder.encode) {
      for _ in 0..<5_000 {
        var bytes = original
        for _ in 0...random.next() % 3 {
          bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        if let report = try? ReportCoder.decode(bytes), case .reading(let reading) = report,
          reading.quantities.allSatisfy({ $0.kind != .contact })
        {
          #expect(ReportCoder.encode(report) == bytes)
        }
      }
    }
  }

  @Test("A detail beyond 65,535 bytes is cut at a whole character")
  func longText() throws {
    let long = Report.event(
      Event(
        identity: Identity(sensor: Event.stream, epoch: 1, sequence: 1), time: Self.stamp, kind: .started, sensor: nil,
        detail: String(repeating: "ü", count: 40_000)))
    guard case .event(let event) = try ReportCoder.decode(ReportCoder.encode(long)) else {
      Issue.record("not an event")
      return
    }
    #expect(event.detail == String(repeating: "ü", count: 32_767))
  }
}
