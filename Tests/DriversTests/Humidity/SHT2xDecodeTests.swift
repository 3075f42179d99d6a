import Telemetry
import Testing

@testable import Drivers

@Suite("SHT2x family: words")
struct SHT2xDecodeTests {
  private func reply(_ raw: UInt16) -> [UInt8] {
    let bytes = [UInt8(raw >> 8), UInt8(raw & 0xFF)]
    return bytes + [CRC8.sensirion(bytes, startingWith: 0)]
  }

  @Test(
    "The checksum's known values, which start with zero",
    arguments: [([], 0x00), ([0x68, 0x3A], 0x7C), ([0x4E, 0x85], 0x6B), ([0xDC], 0x79), ([0x00, 0x00], 0x00)]
      as [([UInt8], UInt8)])
  func checksum(_ bytes: [UInt8], _ expected: UInt8) {
    #expect(CRC8.sensirion(bytes, startingWith: 0) == expected)
  }

  @Test(
    "The temperature, rounded to the millidegree",
    arguments: [
      (UInt16(0x6838), Int64(24_686_000)), (0x68AC, 24_997_000), (0x68B0, 25_008_000), (0x8000, 41_010_000),
      (0x4448, 19_000), (0x4444, 8_000), (0x4440, -3_000), (0x443C, -13_000), (0x4000, -2_920_000),
      (0x2000, -24_885_000), (0x1FD4, -25_003_000), (0x09FC, -39_997_000), (0xFA5C, 124_998_000),
    ])
  func temperature(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHT2xFamily.decodeTemperature(reply(raw)).micros == micros)
  }

  @Test("Bit 0 of a word means nothing", arguments: [(UInt16(0x6839), Int64(24_686_000)), (0x4441, -3_000)])
  func unusedBit(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHT2xFamily.decodeTemperature(reply(raw)).micros == micros)
  }

  @Test("Beyond -40 and 125 °C is out of range", arguments: [UInt16(0x0000), 0x09F8, 0xFA60, 0xFFFC])
  func outOfRange(_ raw: UInt16) {
    #expect(failure { try SHT2xFamily.decodeTemperature(reply(raw)) }?.kind == "out of range")
  }

  @Test(
    "The humidity is cropped at both ends",
    arguments: [
      (UInt16(0x6352), Int64(42_492_000)), (0x4E86, 32_338_000), (0x8002, 56_500_000), (0x0002, 0), (0x0C46, 0),
      (0x0C4A, 0), (0x0C4E, 4_000), (0xD912, 99_988_000), (0xD916, 99_995_000), (0xD91A, 100_000_000),
      (0xFFFE, 100_000_000),
    ])
  func humidity(_ raw: UInt16, _ micros: Int64) throws {
    #expect(try SHT2xFamily.decodeHumidity(reply(raw)).micros == micros)
  }

  @Test("A humidity is not taken for a temperature", arguments: [UInt16(0x6352), 0x683A, 0xFFFE])
  func humidityForTemperature(_ raw: UInt16) {
    #expect(failure { try SHT2xFamily.decodeTemperature(reply(raw)) }?.kind == "malformed")
  }

  @Test("A temperature is not taken for a humidity, nor are zeros", arguments: [UInt16(0x6838), 0x4E85, 0x0000])
  func temperatureForHumidity(_ raw: UInt16) {
    #expect(failure { try SHT2xFamily.decodeHumidity(reply(raw)) }?.kind == "malformed")
  }

  @Test("Every turned bit of a word or of its checksum is found", arguments: 0..<24)
  func everyBit(_ bit: Int) {
    var temperature = reply(0x6838)
    var humidity = reply(0x6352)
    temperature[bit / 8] ^= 1 << UInt8(bit % 8)
    humidity[bit / 8] ^= 1 << UInt8(bit % 8)
    #expect(failure { try SHT2xFamily.decodeTemperature(temperature) }?.kind == "checksum")
    #expect(failure { try SHT2xFamily.decodeHumidity(humidity) }?.kind == "checksum")
  }

  @Test("Ones everywhere are a wrong checksum")
  func ones() {
    #expect(
      failure { try SHT2xFamily.decodeHumidity([0xFF, 0xFF, 0xFF]) }
        == .checksum(received: 0xFF, computed: 0x2D, bytes: [0xFF, 0xFF]))
  }
}
