import Testing

@testable import Display

@Suite struct StatusSheetTests {
  private func sheet(_ text: String, columns: Int = 80) throws -> [StatusSheet.Line] {
    StatusSheet(try StatusDocument.parse(Array(text.utf8)), columns: columns).lines
  }

  private func text(_ lines: [StatusSheet.Line]) -> String { lines.map(\.text).joined(separator: "\n") }

  @Test("A healthy gateway")
  func healthy() throws {
    let expected = """
      coldstore-7   fieldpost 0.1.0   up 3 d 5 h   epoch 12   pid 4711

      healthy

      SENSOR     VALUE      AGE    SUCCESS  LAST 100  FAULTS  STATE
      freezer-1  -18.25 °C  0.4 s  100 %    100 %     0       ok
      door       -          -      -        -         0       waiting

      buses    i2c-1, gpio: healthy
      uplink   connected to broker:1883 for 3 h 2 min
               MQTT 5, 2 in flight, 1 reconnect
      spool    0 waiting; 0 on disk; room for 167 h
               written: 0 B today, 0 B since the start
      clock    set
      """
    #expect(text(try sheet(Story.healthy)) == expected)
  }

  @Test("A gateway in trouble: every trouble is there, and nothing is cut but what the table has no room for")
  func degraded() throws {
    let expected = """
      coldstore-7   fieldpost 0.1.0   up 59 s   epoch 12   pid 4711

      degraded
        hall: cannot be read for 3 min 20 s: checksum

      SENSOR             VALUE         AGE         SUCCESS  LAST 100  FAULTS  STATE
      hall-with-a-very…  21.512345 °…  3 min 21 s  99.9 %   99 %      2       fault…
      """
    let found = text(try sheet(Story.degraded))
    #expect(found.hasPrefix(expected.split(separator: "SENSOR")[0]))
    for line in [
      "buses    gpio air: healthy", "         i2c-1: stuck for 12 s; sensors switched off and on 8.0 s ago",
      "         gpio: not answering: reading door for 42 s",
      "uplink   not connected to broker:1883 for 42 s; next attempt in 2.3 s",
      "         its thread does not answer, 0 reconnects, 2 dead letters",
      "         last error, 3.0 s ago: connect: Connection refused (code 14)",
      "spool    42 waiting, the oldest for 41 s; 30 on disk; room for 1 h; the disk cannot be written",
      "         written: 8 KiB today, 20 KiB since the start",
      "         given up since the start: 2 evicted, 1 refused",
      "         since the buffer was made: 12 evicted, 3 lost",
      "clock    not set: times are marked, and corrected once it is",
    ] {
      #expect(found.split(separator: "\n").contains(line[...]), "\(line)\n\(found)")
    }
  }

  @Test("The table fits the terminal, and a wide one has room for the chip and its place", arguments: [80, 100, 120])
  func width(_ columns: Int) throws {
    let lines = try sheet(Story.degraded, columns: columns)
    let head = try #require(lines.firstIndex { $0.text.hasPrefix("SENSOR") })
    for line in lines[head...(head + 3)] { #expect(line.text.count <= columns, "\(line.text)") }
    #expect(lines[head].text.contains("WHERE") == (columns >= 110))
    #expect(lines[head + 1].text.contains("i2c-1 0x76") == (columns >= 110))
  }

  @Test("A success that is not whole is never shown as whole, and what is odd of a sensor stands in its state")
  func details() throws {
    let lines = try sheet(Story.degraded, columns: 140).map(\.text)
    #expect(lines.contains { $0.hasPrefix("hall-with") && $0.contains("99.9 %") && $0.hasSuffix("fault, 3 min 20 s") })
    #expect(lines.contains { $0.hasPrefix("air") && $0.hasSuffix("ok, alarm high, suspect, best effort") })
    #expect(lines.contains { $0.hasPrefix("door") && $0.contains("closed") && $0.hasSuffix("not answering") })
  }

  @Test("Tones: good, bad, and a warning for an alarm")
  func tones() throws {
    let healthy = try sheet(Story.healthy)
    #expect(healthy.first { $0.text == "healthy" }?.tone == .good)
    #expect(!healthy.contains { $0.tone == .bad || $0.tone == .warning })
    let lines = try sheet(Story.degraded)
    func tone(_ start: String) -> StatusSheet.Tone? { lines.first { $0.text.hasPrefix(start) }?.tone }
    #expect(tone("hall-") == .bad)
    #expect(tone("air") == .warning)
    #expect(tone("door") == .bad)
    #expect(tone("degraded") == .bad)
    #expect(tone("uplink") == .bad)
    #expect(tone("spool") == .bad)
    #expect(tone("clock") == .warning)
  }

  @Test("Without the spool's answer it says so, and the rest is there")
  func noSpool() throws {
    let parts = Story.healthy.split(separator: "\"spool\":")
    let lines = try sheet(parts[0] + "\"spool\":null}").map(\.text)
    #expect(lines.contains("spool    not answering"))
    #expect(lines.contains("clock    set"))
  }
}

@Suite struct ColumnsTests {
  private let rows = [["ab", "cdefgh", "ijkl"], ["x", "y", "z"]]

  @Test("What fits is left as it is")
  func fits() {
    #expect(Columns(rows, width: 16, yielding: [(1, 2)]).lines == ["ab  cdefgh  ijkl", "x   y       z"])
  }

  @Test("The first to yield yields as far as it may, then the next")
  func yields() {
    #expect(Columns(rows, width: 14, yielding: [(1, 2), (2, 2)]).lines == ["ab  cde…  ijkl", "x   y     z"])
    #expect(Columns(rows, width: 10, yielding: [(1, 2), (2, 2)]).lines == ["ab  c…  i…", "x   y   z"])
    #expect(Columns(rows, width: 1, yielding: [(1, 2), (2, 2)]).lines == ["ab  c…  i…", "x   y   z"])
  }

  @Test("Redrawing begins at the top left, and clears what was there")
  func redrawing() {
    #expect(String(decoding: redrawn(["a", "b"]), as: UTF8.self) == "\u{1B}[H\u{1B}[2Ka\n\u{1B}[Jb")
  }
}
