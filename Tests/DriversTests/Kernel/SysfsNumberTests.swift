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
      "", "\n", " ", "-", "+", ".", "-.", "1-", "--1", "+-1", "0x10", "1.2.3", "NaN", "nan", "inf", "-inf", "12 34",
      "12\u{0}", "１２", "99999999999999999999", "12\n34", "21,5", "21.5 C", "21.5C", "e5", "1e", "1e+", "1e5.5", "1e1e1",
      "1e400", "1e-400", "1e99999999999999999999", "9e18e", "{\"t\": 21.5}", "\"21.5\"", "unavailable", "None", "1_000",
    ])
  func garbage(_ text: String) { #expect(SysfsNumber(Array(text.utf8)) == nil) }

  @Test(
    "Numbers are numbers as people, shells and Python write them",
    arguments: [
      ("21.395833333333332", "21.395833333333"), ("0.1234567890125", "0.123456789013"), ("21.5\r\n", "21.5"),
      ("+21.5", "21.5"), ("  21.5", "21.5"), ("21.5\t\n", "21.5"), ("\t 21.5 \r\n\n", "21.5"), ("21.", "21"),
      (".5", "0.5"), ("-.5", "-0.5"), ("+.5", "0.5"), ("2.15e1", "21.5"), ("2.15E+1", "21.5"), ("215e-1", "21.5"),
      ("-2.15e+01", "-21.5"), ("0e0", "0"), ("0e20", "0"), ("0.0e-10", "0"), ("1e3", "1000"),
      ("2150000000000000000e-17", "21.5"),
      ("0.00000000000004", "0"), ("-0.0000000000005", "-0.000000000001"), ("00021.50", "21.5"),
      ("\u{FEFF}21.5", "21.5"), ("123456789.123456789012345", "123456789.123456789"),
      ("21.50000000000000000000000000000000000000001", "21.5"),
    ])
  func written(_ text: String, _ plain: String) throws {
    let (found, wanted) = (try number(text), try number(plain))
    #expect(found.micros(power: 3) == wanted.micros(power: 3), "\(found)")
  }

  @Test("What does not fit behind the point is rounded; what does not fit before it is refused, and nothing traps")
  func ends() throws {
    #expect(try number("9223372036854775807.4").digits == .max)
    #expect(SysfsNumber(Array("9223372036854775807.5".utf8)) == nil)
    #expect(SysfsNumber(Array("9223372036854775808".utf8)) == nil)
    #expect(SysfsNumber(Array((String(repeating: "9", count: 4_000) + ".5").utf8)) == nil)
    #expect(SysfsNumber(Array(("1." + String(repeating: "9", count: 4_000)).utf8)) != nil)
  }

  @Test(
    "What is no number is told in words",
    arguments: [
      ("21,5", "a point in place of the comma"), ("-21,5\n", "a point in place of the comma"),
      ("21.5 C", "without a unit"),
      ("21.5°C", "without a unit"), ("{\"t\": 21.5}", "without JSON"), ("[21.5]", "without JSON"),
      ("\"21.5\"", "quotation marks"), ("21.5\n22.5\n", "more than one line"), ("1e400", "exponent"),
      ("99999999999999999999", "too large"), ("1.2.3", "more than one point"),
      ("++5", "more than one sign"), ("-+5", "more than one sign"), ("--21.5", "more than one sign"),
      ("1e400", "its exponent is too large"), ("1e++4", "the number alone"),
    ])
  func words(_ text: String, _ words: String) {
    #expect(SysfsNumber.fault(in: Array(text.utf8))?.contains(words) == true, "\(text)")
  }

  @Test("What says nothing about itself gets no advice", arguments: ["nan", "inf", "unavailable", "", "-", "None"])
  func noWords(_ text: String) { #expect(SysfsNumber.fault(in: Array(text.utf8)) == nil) }

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
