import Telemetry
import Testing

@testable import Messages

@Suite("Messages about alarms, and in other units")
struct AlarmMessageTests {
  private let stamp = Stamp(
    boot: BootID(1), uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: 1_763_874_062_123_000_000),
    synced: true)

  private func format(_ presentations: Presentation.BySensor = [:]) -> JSONFormat {
    JSONFormat(device: "box", presentations: presentations)
  }

  private func alarm(
    _ kind: Alarm.Kind, _ quantity: Quantity.Kind?, _ value: Int64?, _ threshold: Int64?, sensor: String = "hall"
  ) -> Alarm {
    Alarm(Alarm.Name(sensor: sensor, kind: kind, quantity: quantity), value: value, threshold: threshold)
  }

  /// From the event's name on.
  private func text(_ alarm: Alarm, raised: Bool = true, _ presentations: Presentation.BySensor = [:]) -> String {
    let event = Event(
      identity: Identity(sensor: Event.stream, epoch: 3, sequence: 1), time: stamp, raised: raised, alarm, detail: "d")
    let payload = String(decoding: format(presentations).event(event, ClockCorrection(now: stamp)), as: UTF8.self)
    let head =
      #"{"device":"box","sensor":"event","epoch":3,"sequence":1,"time":"2025-11-23T05:01:02.123Z","clock":"synced","#
    #expect(payload.hasPrefix(head))
    return String(payload.dropFirst(head.count))
  }

  @Test("An alarm, to the letter: which, of what, value and threshold in one unit")
  func event() {
    #expect(
      text(alarm(.high, .temperature, -14_200_000, -15_000_000))
        == #""event":"alarm_raised","concerns":"hall","alarm":"high","quantity":"temperature","value":-14.2,"#
        + #""threshold":-15,"unit":"°C","detail":"d"}"#)
    #expect(
      text(alarm(.low, .humidity, 31_000_000, 30_000_000), raised: false)
        == #""event":"alarm_cleared","concerns":"hall","alarm":"low","quantity":"humidity","value":31,"#
        + #""threshold":30,"unit":"%","detail":"d"}"#)
  }

  @Test("A silence is in seconds and of no quantity; what is not known is not there")
  func stale() {
    #expect(
      text(alarm(.stale, nil, 301_500_000, 300_000_000))
        == #""event":"alarm_raised","concerns":"hall","alarm":"stale","value":301.5,"threshold":300,"unit":"s","#
        + #""detail":"d"}"#)
    #expect(
      text(alarm(.stale, nil, nil, nil), raised: false)
        == #""event":"alarm_cleared","concerns":"hall","alarm":"stale","detail":"d"}"#)
  }

  @Test("An alarm speaks in the unit of its sensor's readings: a limit has a zero point, a change has none")
  func fahrenheit() {
    let presentations: Presentation.BySensor = [
      "hall": [.temperature: Presentation(unit: .fahrenheit, step: 10_000_000)]
    ]
    #expect(
      text(alarm(.high, .temperature, 31_500_000, 30_000_000), presentations)
        .contains(#""value":88.7,"threshold":86,"unit":"°F""#))
    #expect(
      text(alarm(.rate, .temperature, -5_000_000, 2_000_000), presentations)
        .contains(#""value":-9,"threshold":3.6,"unit":"°F""#))
    #expect(
      text(alarm(.high, .temperature, 31_500_000, 30_000_000, sensor: "other"), presentations)
        .contains(#""value":31.5,"threshold":30,"unit":"°C""#))
  }

  @Test("A reading is published in its sensor's unit, rounded there, and says so; the others as always")
  func reading() {
    let format = format([
      "hall": [.temperature: Presentation(unit: .fahrenheit, step: 100_000), .humidity: Presentation(step: 1_000_000)]
    ])
    func quantities(_ sensor: String) -> String {
      let reading = Reading(
        identity: Identity(sensor: sensor, epoch: 1, sequence: 1), time: stamp,
        quantities: [
          .temperature(Temperature(microcelsius: 21_312_500)), .humidity(RelativeHumidity(micropercent: 45_500_000)),
        ], quality: .good)
      let payload = format.payload(.reading(reading), ClockCorrection(now: stamp))
      let text = String(decoding: payload, as: UTF8.self)
      return String(text[(text.firstRange(of: #""quantities":"#)?.upperBound ?? text.startIndex)...])
    }
    #expect(
      quantities("hall")
        == #"{"temperature":{"value":70.4,"unit":"°F"},"humidity":{"value":46,"unit":"%"}},"quality":"good"}"#)
    #expect(
      quantities("cellar")
        == #"{"temperature":{"value":21.3125,"unit":"°C"},"humidity":{"value":45.5,"unit":"%"}},"quality":"good"}"#)
  }

  @Test("The state lists the alarms that are raised, and since when; the last will says nothing of them")
  func state() {
    var report = StateReport()
    report.alarms = [
      .init(alarm(.high, .temperature, -14_200_000, -15_000_000), since: stamp),
      .init(alarm(.stale, nil, 30_000_000, 30_000_000, sensor: "b"), since: stamp),
    ]
    let online = String(decoding: format().state(online: true, at: stamp, report), as: UTF8.self)
    #expect(
      online.hasSuffix(
        #""alarms_raised":2,"alarms":[{"sensor":"hall","alarm":"high","quantity":"temperature","value":-14.2,"#
          + #""threshold":-15,"unit":"°C","since":"2025-11-23T05:01:02.123Z","clock":"synced"},"#
          + #"{"sensor":"b","alarm":"stale","value":30,"threshold":30,"unit":"s","#
          + #""since":"2025-11-23T05:01:02.123Z","clock":"synced"}]}"#))
    let will = String(decoding: format().state(online: false, at: nil, nil), as: UTF8.self)
    #expect(will == #"{"device":"box","state":"offline"}"#)
  }

  @Test("Since when is corrected by the clock of now, as a reading's time is")
  func correctedSince() {
    let early = Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
    var report = StateReport()
    report.alarms = [.init(alarm(.high, .temperature, 1, 1), since: early)]
    let online = String(decoding: format().state(online: true, at: stamp, report), as: UTF8.self)
    #expect(online.contains(#""since":"2025-11-23T05:01:02.122Z","clock":"corrected""#))
  }

  @Test("However many are raised, the state lists 64 and says how many there are")
  func many() {
    var report = StateReport()
    report.alarms = (0..<200).map { .init(alarm(.high, .temperature, 0, 0, sensor: "s\($0)"), since: stamp) }
    let online = String(decoding: format().state(online: true, at: stamp, report), as: UTF8.self)
    #expect(online.contains(#""alarms_raised":200"#))
    #expect(online.count < 12_000)
    #expect(online.contains(#""s63""#))
    #expect(!online.contains(#""s64""#))
  }
}
