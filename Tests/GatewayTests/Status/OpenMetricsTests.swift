import Testing

@testable import Gateway

@Suite struct OpenMetricsTests {
  @Test("Type, unit, help and samples, in the format's own order, and the end")
  func format() {
    var text = OpenMetrics()
    text.add("age", .gauge, unit: "seconds", "How old.", "1.5")
    text.add("taken", .counter, "How many.", [([.init("sensor", "a"), .init("bus", "b")], "3"), ([], "4")])
    let expected = """
      # TYPE fieldpost_age_seconds gauge
      # UNIT fieldpost_age_seconds seconds
      # HELP fieldpost_age_seconds How old.
      fieldpost_age_seconds 1.5
      # TYPE fieldpost_taken counter
      # HELP fieldpost_taken How many.
      fieldpost_taken_total{sensor="a",bus="b"} 3
      fieldpost_taken_total 4
      # EOF

      """
    #expect(String(decoding: text.end(), as: UTF8.self) == expected)
  }

  @Test("A metric without samples is left out")
  func nothing() {
    var text = OpenMetrics()
    text.add("age", .gauge, "How old.", [])
    #expect(String(decoding: text.end(), as: UTF8.self) == "# EOF\n")
  }

  @Test("Backslash, quotation mark and line feed are escaped in labels and help")
  func escaping() {
    var text = OpenMetrics()
    text.add("x", .gauge, "a\\b\nc", [([.init("l", "q\"b\\n\nü")], "1")])
    #expect(text.text.contains("# HELP fieldpost_x a\\\\b\\nc\n"))
    #expect(text.text.contains("fieldpost_x{l=\"q\\\"b\\\\n\\nü\"} 1\n"))
  }
}
