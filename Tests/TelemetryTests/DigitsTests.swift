import Telemetry
import Testing

@Suite("Digits, hashes and units") struct DigitsTests {
  @Test("A number gets zeros in front up to the width, and is never cut")
  func padded() {
    #expect(String(7, padded: 3) == "007")
    #expect(String(0 as UInt8, padded: 2) == "00")
    #expect(String(1_234, padded: 3) == "1234")
    #expect(String(UInt64.max, radix: 16, padded: 16) == "ffffffffffffffff")
    #expect(String(0xBEEF as UInt32, radix: 16, padded: 8) == "0000beef")
  }

  @Test("Each byte is two hexadecimal digits")
  func hexadecimal() {
    let bytes: [UInt8] = [0, 0x0F, 0x10, 0xFF]
    #expect(bytes.hexadecimal() == "000f10ff")
    #expect(bytes.prefix(2).hexadecimal(separator: " ") == "00 0f")
    #expect([UInt8]().hexadecimal(separator: " ") == "")
  }

  @Test("FNV-1a of 64 bits, by the vectors of its authors")
  func hash() {
    #expect(fnv1a("") == 0xCBF2_9CE4_8422_2325)
    #expect(fnv1a("a") == 0xAF63_DC4C_8601_EC8C)
    #expect(fnv1a("foobar") == 0x8594_4171_F739_67E8)
    #expect(fnv1a("a", from: 0) == 0x61 &* 0x100_0000_01B3)
  }

  @Test("Every line break becomes a space, and nothing else does")
  func lines() {
    #expect(oneLine("a\nb\r\nc\rd\u{2028}e\tf") == "a b c d e\tf")
  }

  @Test(
    "A duration is read and written in the largest unit that divides it",
    arguments: [
      ("0ms", Int64(0)), ("500ms", 500), ("5s", 5_000), ("5m", 300_000), ("90s", 90_000), ("1h", 3_600_000),
      ("1d", 86_400_000),
    ])
  func duration(text: String, milliseconds: Int64) throws {
    let duration = try #require(Duration(withUnit: text))
    #expect(duration == .milliseconds(milliseconds))
    #expect(duration.withUnit == text)
  }

  @Test(
    "What is not a whole number with a known unit is no amount, nor is one that is too large",
    arguments: [
      "", "s", "5", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "٣s", "5s ", "9223372036854775807s",
      "9223372036854775808ms",
    ])
  func noDuration(text: String) {
    #expect(Duration(withUnit: text) == nil)
    #expect(UnitScale.sizes.value(of: text) == nil)
  }

  @Test("Sizes are in binary units")
  func sizes() {
    #expect(UnitScale.sizes.value(of: "64MiB") == 64 << 20)
    #expect(UnitScale.sizes.text(3 << 30) == "3GiB")
    #expect(UnitScale.sizes.text(1_536 << 20) == "1536MiB")
  }
}
