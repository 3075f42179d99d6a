import Foundation
import Telemetry
import Testing

@testable import Messages

@Suite("Messages")
struct MessageTests {
  let encoder = MessageEncoder(JSONFormat(device: "coldstore-7"))
  let stamp = Stamp(
    boot: BootID(1), uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: 1_763_874_062_123_000_000),
    synced: true
  )

  private func reading(_ quantities: [Quantity], sensor: String = "freezer-1") -> Report {
    .reading(
      Reading(
        identity: Identity(sensor: sensor, epoch: 3, sequence: 1_042), time: stamp, quantities: quantities,
        quality: .good))
  }

  private func message(_ report: Report) -> Message {
    encoder.message(for: [report], clock: ClockCorrection(now: stamp)) ?? Message(to: .state, payload: [])
  }

  @Test("A reading, to the letter")
  func readingPayload() {
    let message = message(
      reading([
        .temperature(Temperature(millicelsius: -18_500)), .humidity(RelativeHumidity(micropercent: 45_123_456)),
      ]))
    #expect(message.address == .readings(sensor: "freezer-1"))
    #expect(
      String(decoding: message.payload, as: UTF8.self)
        == #"{"device":"coldstore-7","sensor":"freezer-1","epoch":3,"sequence":1042,"#
        + #""time":"2025-11-23T05:01:02.123Z","clock":"synced","#
        + #""quantities":{"temperature":{"value":-18.5,"unit":"°C"},"humidity":{"value":45.123456,"unit":"%"}},"#
        + #""quality":"good"}"#)
  }

  @Test("A contact has a truth and no unit")
  func contact() throws {
    let json = try parsed(message(reading([.contact(true)])).payload)
    let quantities = try #require(json["quantities"] as? [String: [String: Any]])
    #expect(quantities["contact"]?["value"] as? Bool == true)
    #expect(quantities["contact"]?["unit"] == nil)
  }

  @Test("A gap, to the letter")
  func gap() {
    let message = message(
      .gap(
        Gap(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 9), time: stamp, reason: .evicted, count: 7,
          spans: [
            Gap.Span(
              stream: "a", first: Gap.Position(epoch: 2, sequence: 5), last: Gap.Position(epoch: 3, sequence: 1),
              count: 7
            ),
            Gap.Span(
              stream: "b", first: Gap.Position(epoch: 3, sequence: 1), last: Gap.Position(epoch: 3, sequence: 1),
              count: nil),
          ])))
    #expect(message.address == .events)
    #expect(
      String(decoding: message.payload, as: UTF8.self)
        == #"{"device":"coldstore-7","sensor":"event","epoch":3,"sequence":9,"#
        + #""time":"2025-11-23T05:01:02.123Z","clock":"synced","event":"gap","reason":"evicted","count":7,"#
        + #""gaps":[{"sensor":"a","count":7,"first":{"epoch":2,"sequence":5},"last":{"epoch":3,"sequence":1}},"#
        + #"{"sensor":"b","first":{"epoch":3,"sequence":1},"last":{"epoch":3,"sequence":1}}]}"#)
  }

  @Test("The state of a gateway that is online tells its ledger, to the letter")
  func ledger() {
    var report = StateReport()
    (report.epoch, report.taken, report.acknowledged, report.waiting) = (3, 100, 80, 11)
    (report.evicted, report.expired, report.lost, report.durable, report.refused) = (4, 3, 2, 9, 1)
    (report.isDegraded, report.timeLeft, report.bytesWrittenToday) = (true, .seconds(3_600 * 30 + 5), 8_192)
    let message = encoder.state(online: true, at: stamp, report: report)
    #expect(message.address == .state)
    #expect(
      String(decoding: message.payload, as: UTF8.self)
        == #"{"device":"coldstore-7","state":"online","time":"2025-11-23T05:01:02.123Z","clock":"synced","epoch":3,"#
        + #""buffer":{"taken":100,"acknowledged":80,"waiting":11,"evicted":4,"expired":3,"lost":2,"durable":9,"#
        + #""refused":1,"degraded":true,"hours_left":30,"bytes_written_today":8192},"faults":[],"alarms_raised":0,"alarms":[]}"#
    )
  }

  @Test("An event names what it concerns")
  func event() throws {
    let message = message(
      .event(
        Event(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 1), time: stamp, kind: .sensorFault,
          sensor: "freezer-1", detail: "no answer")))
    #expect(message.address == .events)
    let json = try parsed(message.payload)
    #expect(json["event"] as? String == "sensor_fault")
    #expect(json["concerns"] as? String == "freezer-1")
    #expect(json["detail"] as? String == "no answer")
  }

  @Test("The last will is a state without a time")
  func state() throws {
    let online = encoder.state(online: true, at: stamp)
    let will = encoder.state(online: false, at: nil)
    #expect(online.address == .state)
    #expect(will.address == .state)
    #expect(try parsed(online.payload)["state"] as? String == "online")
    #expect(try parsed(online.payload)["time"] != nil)
    #expect(try parsed(will.payload)["state"] as? String == "offline")
    #expect(try parsed(will.payload)["time"] == nil)
  }

  @Test("Every character survives the payload, controls and quotes too")
  func escaping() throws {
    let hostile = "\"\\/\u{0}\u{1}\u{1F}\n\t\u{7F}é😀\u{2028}"
    let message = message(
      .event(
        Event(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 1), time: stamp, kind: .started, sensor: nil,
          detail: hostile)))
    #expect(try parsed(message.payload)["detail"] as? String == hostile)
  }

  @Test("Numbers keep all their digits", arguments: [Int64(1), -1, 7_813, 85_000_000, -55_000_000, 999_999_999_999])
  func digits(_ micros: Int64) throws {
    let text = String(
      decoding: message(reading([.temperature(Temperature(microcelsius: micros))])).payload, as: UTF8.self)
    #expect(text.contains(#""value":\#(decimal(micros: micros)),"#))
  }

  private func parsed(_ payload: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])
  }
}
