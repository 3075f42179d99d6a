import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Messages

/// The bytes that receivers rely on. A golden file changes only when the format changes for everybody, with an entry in
/// CHANGELOG.md.
@Suite("Golden messages") struct GoldenTests {
  enum Golden: String, CaseIterable {
    case reading, batch, event, gap, alarm, state, offline
  }

  private static let folder = projectFolder + "/Tests/MessagesTests/Golden"
  private static let format = JSONFormat(device: "coldstore-7")

  private static func stamp(boot: UInt64 = 1, synced: Bool = true) -> Stamp {
    Stamp(
      boot: BootID(boot), uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: 1_795_410_062_123_000_000),
      synced: synced)
  }

  private static func text(_ golden: Golden) throws -> String {
    try String(contentsOfFile: "\(folder)/\(golden.rawValue).json", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
  }

  @Test("Each message is what its golden file has, to the letter", arguments: Golden.allCases)
  func bytes(golden: Golden) throws {
    let text = try Self.text(golden)
    #expect(String(decoding: Self.payload(golden), as: UTF8.self) == text)
  }

  @Test("Every golden file is one of these")
  func files() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(Set(files) == Set(Golden.allCases.map { "\($0.rawValue).json" }))
  }

  @Test("Each example of a reading, an event or a state in docs/mqtt.md is a golden file")
  func documentation() throws {
    let page = try String(contentsOfFile: projectFolder + "/docs/mqtt.md", encoding: .utf8)
    var examples: [String] = []
    var isInside = false
    for line in page.components(separatedBy: "\n") {
      let text = line.trimmingCharacters(in: .whitespaces)
      if line.hasPrefix("    {") {
        examples.append(text)
        isInside = true
      } else if isInside, line.hasPrefix("     ") {
        examples[examples.count - 1] += text
      } else {
        isInside = false
      }
    }
    let own = examples.filter { $0.hasPrefix(#"{"device":"#) && !$0.contains(#""command":"#) }
    let known = try Golden.allCases.map(Self.text)
    #expect(own.count >= 4)
    for example in own { #expect(known.contains(example), "\(example)") }
  }

  private static func payload(_ golden: Golden) -> [UInt8] {
    let clock = ClockCorrection(now: stamp())
    return switch golden {
    case .reading:
      format.readings(
        [
          reading(
            "hall", 1_042, stamp(),
            [.temperature(Temperature(millicelsius: 21_500)), .humidity(RelativeHumidity(micropercent: 45_200_000))])
        ], clock)
    case .batch:
      JSONFormat(device: "coldstore-7", isBatched: true).readings(
        [
          reading("door", 7, stamp(boot: 2, synced: false), [.contact(true)], .suspect),
          reading("door", 8, stamp(synced: false), [.contact(false)]),
        ], clock)
    case .event:
      format.event(
        Event(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 16), time: stamp(), kind: .sensorFault,
          sensor: "freezer-1",
          detail: "read 2 bytes from 0x48 on i2c-1: no answer (EREMOTEIO): not connected, no power, or wrong address"),
        clock)
    case .gap: format.gap(gap, clock)
    case .alarm:
      format.event(
        Event(
          identity: Identity(sensor: Event.stream, epoch: 3, sequence: 18), time: stamp(), raised: true,
          Alarm(
            Alarm.Name(sensor: "freezer-1", kind: .high, quantity: .temperature), value: -14_200_000,
            threshold: -15_000_000), detail: "-14.2 °C is above -15 °C"), clock)
    case .state: format.state(online: true, at: stamp(), report)
    case .offline: format.state(online: false, at: nil, nil)
    }
  }

  private static func reading(
    _ sensor: String, _ sequence: UInt64, _ time: Stamp, _ quantities: [Quantity], _ quality: Quality = .good
  ) -> Reading {
    Reading(
      identity: Identity(sensor: sensor, epoch: 3, sequence: sequence), time: time, quantities: quantities,
      quality: quality)
  }

  private static var gap: Gap {
    let span = Gap.Span(
      stream: "hall", first: Gap.Position(epoch: 2, sequence: 501), last: Gap.Position(epoch: 2, sequence: 1_700),
      count: 1_200)
    return Gap(
      identity: Identity(sensor: Event.stream, epoch: 3, sequence: 17), time: stamp(), reason: .evicted, count: 1_200,
      spans: [span])
  }

  private static var report: StateReport {
    var report = StateReport()
    (report.epoch, report.store) = (3, 0x9f1c_60b2_d4a7_e853)
    (report.taken, report.acknowledged, report.waiting) = (812_345, 812_340, 5)
    report.timeLeft = .seconds(167 * 3_600)
    return report
  }
}
