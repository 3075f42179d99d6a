import Foundation
import Telemetry
import Testing

@testable import Uplink

@Suite("Messages")
struct MessageTests {
  let encoder = MessageEncoder(
    device: "coldstore-7",
    topics: Topics(
      prefix: "site/a", device: "coldstore-7", reading: "{prefix}/{device}/{sensor}", state: "{prefix}/{device}/state",
      event: "{prefix}/{device}/event"))
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

  private func message(_ report: Report) -> Message { encoder.message(for: report, clock: ClockCorrection(now: stamp)) }

  @Test("A reading, to the letter")
  func readingPayload() {
    let message = message(
      reading([
        .temperature(Temperature(millicelsius: -18_500)), .humidity(RelativeHumidity(micropercent: 45_123_456)),
      ]))
    #expect(message.topic == "site/a/coldstore-7/freezer-1")
    #expect(!message.isRetained)
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

  @Test("An event names what it concerns")
  func event() throws {
    let message = message(
      .event(
        Event(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 1), time: stamp, kind: .sensorFault,
          sensor: "freezer-1", detail: "no answer")))
    #expect(message.topic == "site/a/coldstore-7/event")
    let json = try parsed(message.payload)
    #expect(json["event"] as? String == "sensor_fault")
    #expect(json["concerns"] as? String == "freezer-1")
    #expect(json["detail"] as? String == "no answer")
  }

  @Test("The states are retained, and the last will has no time")
  func state() throws {
    let online = encoder.state(online: true, at: stamp)
    let will = encoder.state(online: false, at: nil)
    #expect(online.topic == will.topic && online.isRetained && will.isRetained)
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
      decoding: message(reading([Quantity(.temperature, micros: micros)])).payload, as: UTF8.self)
    #expect(text.contains(#""value":\#(decimal(micros: micros)),"#))
  }

  @Test("Templates: placeholders are filled wherever they stand, and anything else stays")
  func topics() {
    let topics = Topics(
      prefix: "p", device: "d", reading: "{sensor}/{device}{prefix}/{other}/x{sensor}", state: "s", event: "{device}")
    #expect(topics.reading("t{1}") == "t{1}/dp/{other}/xt{1}")
    #expect(topics.event == "d")
  }

  private func parsed(_ payload: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any])
  }
}
