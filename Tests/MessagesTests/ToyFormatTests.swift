import Telemetry
import Testing

@testable import Messages

/// One value in each line, without an identity: what a small script reads.
private struct LineFormat: PayloadFormat {
  var contentType: String { "text/plain" }

  func readings(_ readings: [Reading], _ clock: ClockCorrection) -> [UInt8] {
    text(readings.map { "\(clock.resolve($0.time).wall.rfc3339) \($0.quantities.count)" })
  }

  func event(_ event: Event, _ clock: ClockCorrection) -> [UInt8] { text([event.kind.name]) }
  func gap(_ gap: Gap, _ clock: ClockCorrection) -> [UInt8] { text(["gap \(gap.count)"]) }
  func state(online: Bool, at time: Stamp?, _ report: StateReport?) -> [UInt8] { text([online ? "1" : "0"]) }
  func bound(on reading: Reading) -> Int { 27 }

  private func text(_ lines: [String]) -> [UInt8] { Array(lines.joined(separator: "\n").utf8) }
}

@Suite("Another format")
struct ToyFormatTests {
  private let stamp = Stamp(
    boot: BootID(1), uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: 1_763_874_062_123_000_000),
    synced: true)
  private var clock: ClockCorrection { ClockCorrection(now: stamp) }

  private func reading(_ sequence: UInt64) -> Report {
    .reading(
      Reading(
        identity: Identity(sensor: "hall", epoch: 3, sequence: sequence), time: stamp,
        quantities: [.temperature(Temperature(millicelsius: 21_500))], quality: .good))
  }

  @Test("A message has its payload and its content type; address and headers are the same in every format")
  func message() throws {
    var style = MessageEncoder.Style()
    style.describes = true
    let encoder = MessageEncoder(LineFormat(), style: style)
    let made = encoder.message(for: [reading(7), reading(8)], clock: clock)
    let message = try #require(made)
    #expect(
      String(decoding: message.payload, as: UTF8.self) == "2025-11-23T05:01:02.123Z 1\n2025-11-23T05:01:02.123Z 1")
    #expect(message.contentType == "text/plain")
    #expect(message.address == .readings(sensor: "hall"))
    #expect(message.headers == [.init("epoch", "3"), .init("sequence", "7")])
    #expect(encoder.state(online: true, at: stamp).payload == Array("1".utf8))
    #expect(encoder.message(for: [], clock: clock) == nil)
  }
}
