import Testing

@testable import Drivers

@Suite("Numbers of sysfs")
struct SysfsNumberTests {
  private func number(_ text: String) throws -> SysfsNumber { try #require(SysfsNumber(Array(text.utf8)), "\(text)") }

  @Test(
    "Thousandths become millionths with every digit",
    arguments: [
      ("21437\n", Int64(21_437_000)), ("-10062\n", -10_062_000), ("0\n", 0), ("-0\n", 0), ("125000", 125_000_000),
      ("-62\n", -62_000), ("85000 \n", 85_000_000), ("00021", 21_000), ("21437.500000\n", 21_437_500),
      ("-0.001", -1), ("0.0004", 0), ("0.0005", 1), ("-0.0005", -1), ("1.234567", 1_235),
    ])
  func micros(_ text: String, _ expected: Int64) throws { #expect(try number(text).micros() == expected) }

  @Test(
    "What is no number is none",
    arguments: [
      "", "\n", " ", "-", "+1", "1-", "--1", "1e3", "0x10", "1.2.3", ".5", "5.", "-.5", "NaN", "inf", "12 34", " 12",
      "12\u{0}", "１２", "99999999999999999999", "0.1234567890123", "12\n34",
    ])
  func garbage(_ text: String) { #expect(SysfsNumber(Array(text.utf8)) == nil) }

  @Test("Bytes that are no text are no number")
  func bytes() { #expect(SysfsNumber([0xFF, 0xFE, 0x31]) == nil) }

  @Test(
    "Raw, offset and scale give the exact value",
    arguments: [
      // HDC1080's kernel driver: 165 x 1000 / 65536 in nine digits, offset -40000 / scale.
      ("26214", "-15887.515151", "2.517700195", Int64(25_998_993)),
      ("8000", "0", "2.517700195", 20_141_602),
      ("-160", "0", "62.5", -10_000_000),
      ("100", "-50.5", "10", 495_000),
      ("1", "0", "0.000000001", 0),
    ])
  func linear(_ raw: String, _ offset: String, _ scale: String, _ expected: Int64) throws {
    #expect(try number(raw).micros(plus: number(offset), times: number(scale)) == expected)
  }

  @Test("What does not fit is refused and does not trap")
  func overflow() throws {
    let most = try number("9223372036854775807")
    #expect(most.micros() == nil)
    #expect(most.micros(plus: most, times: most) == nil)
    #expect(try number("-9223372036854775807").micros(plus: number("0.000000000001"), times: most) == nil)
  }
}
