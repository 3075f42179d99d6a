import Testing

@testable import Display

@Suite struct WrappingTests {
  @Test("Lines are broken between words, and go on under the text")
  func words() {
    #expect(wrapped("one two three", to: 80) == ["one two three"])
    #expect(wrapped("one two three", to: 8, indent: 2) == ["one two", "  three"])
    #expect(wrapped("one two three", to: 7) == ["one two", "three"])
    #expect(wrapped("name  one two", to: 9, indent: 6) == ["name  one", "      two"])
  }

  @Test("A word that is longer than the line stays whole, and nothing is lost")
  func longWords() {
    #expect(wrapped("see /a/very/long/path now", to: 8) == ["see", "/a/very/long/path", "now"])
    #expect(wrapped("  /a/very/long/path", to: 8) == ["  /a/very/long/path"])
    #expect(wrapped("", to: 8) == [""])
    #expect(wrapped("         ", to: 8).joined().allSatisfy { $0 == " " })
  }

  @Test("A table's last column is broken where the terminal ends, and not at all without a terminal")
  func tables() {
    let rows = [["NAME", "MEANING"], ["disk", "it cannot be written any more, not at all"]]
    #expect(table(rows, width: nil) == "NAME  MEANING\ndisk  it cannot be written any more, not at all")
    #expect(
      table(rows, width: 32) == """
        NAME  MEANING
        disk  it cannot be written any
              more, not at all
        """)
    #expect(
      table(rows, width: 20) == """
        NAME  MEANING
        disk  it cannot be
            written any
            more, not at all
        """)
  }

  @Test("Columns are left out in their turn before others yield")
  func dropping() {
    let rows = [["ab", "cdefgh", "ijkl"], ["x", "y", "z"]]
    #expect(Columns(rows, width: 16, dropping: [0], yielding: [(1, 2)]).lines == ["ab  cdefgh  ijkl", "x   y       z"])
    #expect(Columns(rows, width: 12, dropping: [0, 2], yielding: [(1, 2)]).lines == ["cdefgh  ijkl", "y       z"])
    #expect(Columns(rows, width: 4, dropping: [0, 2], yielding: [(1, 2)]).lines == ["cde…", "y"])
    #expect(Columns.width(of: rows) == 16)
  }

  @Test("For a terminal without Unicode our signs have others, and foreign letters a question mark")
  func ascii() {
    #expect(inASCII("I²C: 21.5 °C … 4.7 kΩ × ä") == "I2C: 21.5 C ... 4.7 kOhm x ?")
    #expect(inASCII("plain\n\u{1B}[0m") == "plain\n\u{1B}[0m")
  }

  @Test("A line of the full width keeps its last letter when it is redrawn: nothing is cleared behind it")
  func redrawing() {
    let text = String(decoding: redrawn(["aaaa", "bbbb"]), as: UTF8.self)
    #expect(text.hasSuffix("bbbb"))
    #expect(!text.contains("aaaa\u{1B}"))
  }
}
