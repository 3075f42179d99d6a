import Telemetry
import Testing

@testable import Drivers

@Suite("Sensirion's words")
struct SensirionTests {
  @Test(
    "The checksum's known values",
    arguments: [([], 0xFF), ([0xBE, 0xEF], 0x92), ([0x00, 0x00], 0x81), ([0xFF, 0xFF], 0xAC)] as [([UInt8], UInt8)])
  func checksum(_ bytes: [UInt8], _ expected: UInt8) { #expect(CRC8.sensirion(bytes) == expected) }

  @Test("Every turned bit of a word or of its checksum is found")
  func everyBit() {
    for bit in 0..<24 {
      var reply: [UInt8] = [0xBE, 0xEF, 0x92]
      reply[bit / 8] ^= 1 << UInt8(bit % 8)
      guard case .checksum = failure({ try Sensirion.words(in: reply) }) else {
        Issue.record("bit \(bit) was missed")
        continue
      }
    }
  }

  @Test("A checksum error carries what came, what was computed and the bytes")
  func evidence() {
    #expect(
      failure { try Sensirion.words(in: [0xBE, 0xEF, 0x92, 0xBE, 0xEF, 0x91]) }
        == .checksum(received: 0x91, computed: 0x92, bytes: [0xBE, 0xEF]))
  }

  @Test("A reply that is no row of words is malformed", arguments: [1, 2, 4, 5])
  func wrongLength(_ count: Int) {
    guard case .malformed = failure({ try Sensirion.words(in: Array(repeating: 0, count: count)) }) else {
      Issue.record("taken")
      return
    }
  }

  @Test(
    "The temperature formula, rounded to the millidegree",
    arguments: [
      (UInt16(0x6666), Int64(25_000_000)), (0x8000, 42_501_000), (0x4000, -1_249_000), (0x2000, -23_125_000),
      (0x1000, -34_062_000), (0x6667, 25_003_000), (0x6665, 24_997_000), (0x41D3, -2_000), (0x41D4, 0),
      (0x0751, -39_998_000), (0xF8AE, 124_998_000),
    ])
  func temperature(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try Sensirion.temperature(raw).micros == micros)
  }

  @Test("Beyond -40 and 125 °C is out of range", arguments: [UInt16(0x0000), 0x0750, 0xF8AF, 0xFFFF])
  func outOfRange(_ raw: UInt16) {
    guard case .outOfRange = failure({ try Sensirion.temperature(raw) }) else {
      Issue.record("taken")
      return
    }
  }
}
