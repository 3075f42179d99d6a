import Testing

@testable import Configuration

@Suite("What a person reads") struct RenderingTests {
  static let tenMistakes = """
    device:
      id: cold store
    uplink:
      broker: gopher://broker
      qos: 5
      keep_alive: 30
      keepalive: 1m
    buffer: {size: 64MB}
    sensors:
      - id: a
        driver: tmp1O2
      - id: b
        driver: tmp102
        bus: i2c-1
        address: 0x50
      - driver: thermal
        zone: cpu
        every: 1.5s
    """

  @Test("Ten mistakes in one file are told in one run, in the order of the file") func tenAtOnce() {
    #expect(
      mistakes(Self.tenMistakes) == [
        "2:7 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"cold store\"",
        "4:11 uplink.broker: must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; the protocol \"gopher\" is not known",
        "5:8 uplink.qos: 5 is out of range: 0 to 2",
        "6:15 uplink.keep_alive: 30 has no unit; did you mean \"30s\"?",
        "7:3 uplink.keepalive: unknown key \"keepalive\"; did you mean \"keep_alive\"?",
        "8:16 buffer.size: \"64MB\": unknown unit \"MB\"; did you mean \"64MiB\"?",
        "11:13 sensors[0].driver: unknown driver \"tmp1O2\"; did you mean \"tmp102\"?",
        "15:14 sensors[1].address: tmp102 cannot have the address 0x50, only 0x48 to 0x4b",
        "16:5 sensors[2].id: is missing: it names the sensor upstream",
        "18:12 sensors[2].every: must be a whole number with a unit: a duration such as 10s or 5m, not \"1.5s\"",
      ])
  }

  @Test("The count stands at the end, after place, reason, line and caret") func toTheLetter() throws {
    let text = try #require(failure(Self.tenMistakes)).rendered(inColour: false)
    #expect(
      text.hasPrefix(
        """
        devices.yaml:2:7: error: device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not "cold store"
            id: cold store
                ^
        devices.yaml:4:11: error: uplink.broker: must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; \
        the protocol "gopher" is not known
            broker: gopher://broker
                    ^
        devices.yaml:5:8: error: uplink.qos: 5 is out of range: 0 to 2
            qos: 5
                 ^

        """))
    #expect(text.hasSuffix("\n10 errors in devices.yaml\n"))
  }

  private func rendered(_ line: String, column: Int, inColour: Bool = false) -> String {
    ConfigurationError(
      file: "f", lines: [line], problems: [Problem(line: 1, column: column, path: "a.b", reason: "wrong")]
    ).rendered(inColour: inColour)
  }

  @Test("Colour marks the place, the word error and the caret, and nothing else") func colour() {
    #expect(
      rendered("ab", column: 2, inColour: true)
        == "\u{1B}[1mf:1:2\u{1B}[0m: \u{1B}[31merror\u{1B}[0m: a.b: wrong\n  ab\n   \u{1B}[31m^\u{1B}[0m\n1 error in f\n"
    )
    #expect(rendered("ab", column: 2) == "f:1:2: error: a.b: wrong\n  ab\n   ^\n1 error in f\n")
  }

  @Test(
    "The caret stands under the place on a terminal",
    arguments: [
      ("abc", 1, "abc", 0), ("abc", 3, "abc", 2), ("abc", 4, "abc", 3), ("abc", 99, "abc", 3), ("", 1, "", 0),
      ("\tx", 2, " x", 1), ("a\t\tx", 4, "a  x", 3), ("冷凍: x", 5, "冷凍: x", 6), ("é: x", 4, "é: x", 3),
      ("e\u{301}: x", 5, "e\u{301}: x", 3), ("🧊: x", 4, "🧊: x", 4), ("a\u{1B}[31m x", 8, "a?[31m x", 7),
    ])
  func caret(line: String, column: Int, shown: String, offset: Int) {
    let spaces = String(repeating: " ", count: offset)
    #expect(
      rendered(line, column: column) == "f:1:\(column): error: a.b: wrong\n  \(shown)\n  \(spaces)^\n1 error in f\n")
  }

  @Test(
    "A long line is cut to 100 characters around the place",
    arguments: [(1, 0, false, true), (51, 50, false, true), (52, 51, true, true), (300, 51, true, false)])
  func longLine(column: Int, offset: Int, isCutBefore: Bool, isCutAfter: Bool) {
    let line = String((0..<300).map { Character(String($0 % 10)) })
    let lines = rendered(line, column: column).split(separator: "\n")
    let excerpt = lines[1].dropFirst(2)
    #expect(excerpt.count <= 102)
    #expect(excerpt.hasPrefix("…") == isCutBefore)
    #expect(excerpt.hasSuffix("…") == isCutAfter)
    #expect(lines[2] == "  " + String(repeating: " ", count: offset) + "^")
    #expect(String(Array(excerpt)[offset]) == String((column - 1) % 10))
  }

  @Test("A line of 100 characters is not cut, one of 101 is") func limit() {
    #expect(!rendered(String(repeating: "x", count: 100), column: 1).contains("…"))
    #expect(rendered(String(repeating: "x", count: 101), column: 1).contains("…"))
  }

  @Test("A mistake outside the file has no place in it") func outside() {
    let error = ConfigurationError(
      file: "f", lines: [], problems: [Problem(line: 0, column: 0, path: "", reason: "cannot be read")])
    #expect(error.rendered(inColour: false) == "f: error: cannot be read\n1 error in f\n")
  }

  @Test("A value that would steer a terminal is shown without its control characters") func control() throws {
    let text = try #require(failure(file(uplink: ["qos: \"\\e[2J\\t1\""]))).rendered(inColour: false)
    #expect(text.contains("not \"?[2J?1\"\n"))
  }

  @Test("A value of pages is not repeated in the message") func longValue() throws {
    let found = reasons(file(uplink: ["qos: " + String(repeating: "x", count: 5_000)]))
    #expect(try #require(found.first).count < 120)
  }
}
