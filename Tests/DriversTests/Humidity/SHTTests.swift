import Telemetry
import Testing

@testable import Drivers

@Suite("SHT3x and SHT4x")
struct SHTTests {
  typealias Step = ScriptedBus.Step

  private static let statusAfterReset: [UInt8] = [0x80, 0x10, CRC8.sensirion([0x80, 0x10])]
  /// 25 °C; half of the humidity's span.
  private static let answer: [UInt8] = [0x66, 0x66, 0x93, 0x80, 0x00, 0xA2]
  private static let serial: [UInt8] = [0xBE, 0xEF, 0x92, 0x00, 0x00, 0x81]

  private let sht3xStart: [Step] = [
    .write(0x30, 0x93), .pause(.milliseconds(1)), .write(0x30, 0xA2), .pause(.milliseconds(2)),
    .exchange(write: [0xF3, 0x2D], reply: statusAfterReset),
  ]
  private let sht4xStart: [Step] = [
    .write(0x94), .pause(.milliseconds(2)), .write(0x89), .pause(.milliseconds(1)), .exchange(write: [], reply: serial),
  ]

  private func answered(_ bytes: [UInt8]) -> Step { .exchange(write: [], reply: bytes) }

  private var expected: (sht3x: Sample, sht4x: Sample) {
    let temperature = Quantity.temperature(Temperature(microcelsius: 25_000_000))
    return (
      Sample([temperature, .humidity(RelativeHumidity(micropercent: 50_001_000))]),
      Sample([temperature, .humidity(RelativeHumidity(micropercent: 56_501_000))])
    )
  }

  @Test(
    "An SHT3x is stopped, reset, asked for its status, and measures as told",
    arguments: [
      ("high", [UInt8(0x24), 0x00], 16), ("medium", [0x24, 0x0B], 7), ("low", [0x24, 0x16], 5),
      (nil, [0x24, 0x00], 16),
    ] as [(String?, [UInt8], Int)])
  func sht3x(_ repeatability: String?, _ command: [UInt8], _ milliseconds: Int) throws {
    let bus = try ScriptedBus(
      0x44,
      sht3xStart + [
        .exchange(write: command, reply: []), .pause(.milliseconds(milliseconds)), answered(Self.answer),
      ])
    var sensor = try sensor("sht3x", on: bus, at: 0x44, repeatability: repeatability)
    try sensor.start()
    #expect(try sensor.sample() == expected.sht3x)
    bus.finish()
  }

  @Test(
    "An SHT4x is reset, asked for its serial number, and measures as told",
    arguments: [("high", UInt8(0xFD), 10), ("medium", 0xF6, 5), ("low", 0xE0, 2), (nil, 0xFD, 10)]
      as [(String?, UInt8, Int)])
  func sht4x(_ repeatability: String?, _ command: UInt8, _ milliseconds: Int) throws {
    let bus = try ScriptedBus(
      0x46, sht4xStart + [.write(command), .pause(.milliseconds(milliseconds)), answered(Self.answer)])
    var sensor = try sensor("sht4x", on: bus, at: 0x46, repeatability: repeatability)
    try sensor.start()
    #expect(try sensor.sample() == expected.sht4x)
    bus.finish()
  }

  @Test("A chip that is not ready is asked again two milliseconds later")
  func retry() throws {
    let busy: [Step] = [.failure(write: [], read: 6, .noAcknowledge), .pause(.milliseconds(2))]
    let bus = try ScriptedBus(
      0x44, [.write(0x24, 0x00), .pause(.milliseconds(16))] + busy + busy + [answered(Self.answer)])
    var sensor = try sensor("sht3x", on: bus, at: 0x44)
    #expect(try sensor.sample() == expected.sht3x)
    bus.finish()
  }

  @Test("A chip that is never ready is given up after ten milliseconds")
  func neverReady() throws {
    let busy: [Step] = [.failure(write: [], read: 6, .noAcknowledge), .pause(.milliseconds(2))]
    let bus = try ScriptedBus(
      0x44,
      [.write(0x24, 0x00), .pause(.milliseconds(16))] + Array(repeating: busy, count: 5).flatMap { $0 } + [
        .failure(write: [], read: 6, .noAcknowledge)
      ])
    var sensor = try sensor("sht3x", on: bus, at: 0x44)
    #expect(failure { try sensor.sample() } == .notReady(after: .milliseconds(10)))
    bus.finish()
  }

  @Test("Another failure while waiting is not taken for patience")
  func timeoutWhileWaiting() throws {
    let bus = try ScriptedBus(
      0x44, [.write(0x24, 0x00), .pause(.milliseconds(16)), .failure(write: [], read: 6, .timeout)])
    var sensor = try sensor("sht3x", on: bus, at: 0x44)
    let error = try busFailure { try sensor.sample() }
    #expect(error.kind == .timeout)
    bus.finish()
  }

  @Test(
    "A status that an SHT3x cannot have after a reset is the wrong chip",
    arguments: [[UInt8(0x80), 0x00], [0x00, 0x00], [0xC0, 0x10], [0x90, 0x10], [0x80, 0x1C]])
  func wrongStatus(_ status: [UInt8]) throws {
    let reply = status + [CRC8.sensirion(status)]
    let bus = try ScriptedBus(0x44, sht3xStart.dropLast() + [.exchange(write: [0xF3, 0x2D], reply: reply)])
    var sensor = try sensor("sht3x", on: bus, at: 0x44)
    guard case .wrongChip(_, let found) = failure({ try sensor.start() }) else {
      Issue.record("taken for an SHT3x")
      return
    }
    #expect(found == reply)
    bus.finish()
  }

  @Test("A serial number with a wrong checksum is no SHT4x")
  func wrongSerial() throws {
    let bus = try ScriptedBus(0x44, sht4xStart.dropLast() + [answered([0xBE, 0xEF, 0x92, 0x00, 0x00, 0x00])])
    var sensor = try sensor("sht4x", on: bus, at: 0x44)
    #expect(failure { try sensor.start() } == .checksum(received: 0x00, computed: 0x81, bytes: [0x00, 0x00]))
    bus.finish()
  }

  private func reply(humidity raw: UInt16) -> [UInt8] {
    let bytes = [UInt8(raw >> 8), UInt8(raw & 0xFF)]
    return [0x66, 0x66, 0x93] + bytes + [CRC8.sensirion(bytes)]
  }

  @Test(
    "The SHT3x's humidity", arguments: [(UInt16(0), Int64(0)), (1, 2_000), (0x8000, 50_001_000), (0xFFFF, 100_000_000)])
  func humidity3x(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHT3x.decode(reply(humidity: raw))[1].micros == micros)
  }

  @Test(
    "The SHT4x's humidity is cropped at both ends",
    arguments: [
      (UInt16(0), Int64(0)), (0x0C49, 0), (0x0C4A, 1_000), (0x8000, 56_501_000), (0xD915, 99_999_000),
      (0xD916, 100_000_000), (0xFFFF, 100_000_000),
    ])
  func humidity4x(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHT4x.decode(reply(humidity: raw))[1].micros == micros)
  }
}
