import Testing

@testable import Display

@Suite("The status in a terminal of a certain size") struct StatusScreenTests {
  /// A gateway in trouble with `count` more sensors that are well, before the three that are not.
  private func sheet(_ count: Int, reasons: Int = 1, columns: Int = 80) throws -> StatusSheet {
    let well = (0..<count).map { number in
      """
      {"id":"well-\(number)","driver":"tmp102","where":"i2c-1 0x48","best_effort":false,"state":"ok",
      "values":[{"quantity":"temperature","value":5,"unit":"°C"}],"quality":"good","age":1,"success":1,
      "recent":{"taken":1,"of":1},"faults":0,"alarms":[]},
      """
    }
    let told = (0..<reasons).map {
      "\"sensor \($0): cannot be read for 3 min 20 s: a checksum is wrong, again and again\""
    }
    let story = Story.degraded.replacing(
      "\"hall: cannot be read for 3 min 20 s: checksum\"", with: told.joined(separator: ","))
    let text = story.replacing("\"sensors\":[", with: "\"sensors\":[" + well.joined())
    return StatusSheet(try StatusDocument.parse(Array(text.utf8)), columns: columns)
  }

  private func screen(_ sheet: StatusSheet, _ rows: Int) -> [String] {
    sheet.screen(rows: rows, ending: "q ends").map(\.text)
  }

  @Test("It never has more lines than the terminal, and the last one says how to end it", arguments: 1...60)
  func height(_ rows: Int) throws {
    for (count, reasons) in [(0, 0), (0, 1), (25, 1), (25, 28), (200, 200)] {
      let lines = screen(try sheet(count, reasons: reasons), rows)
      #expect(lines.count <= rows, "\(lines)")
      #expect(lines.last == "q ends", "\(lines)")
    }
  }

  @Test("Every sensor is shown or counted, at every height", arguments: [20, 24, 30, 40, 60])
  func counts(_ rows: Int) throws {
    for count in 0...40 {
      let lines = screen(try sheet(count), rows)
      let shown = lines.count {
        $0.hasPrefix("well-") || $0.hasPrefix("hall-") || $0.hasPrefix("air") || $0.hasPrefix("door")
      }
      let more = lines.compactMap { line -> Int? in
        guard line.hasPrefix("… "), let number = Int(line.split(separator: " ")[1]) else { return nil }
        return number
      }
      #expect(shown + (more.first ?? 0) == count + 3, "\(lines)")
      #expect(more.first != 1 || lines.contains { $0 == "… 1 more sensor" })
    }
  }

  @Test("Uplink, buffer and clock are there at 80x24 and before the sensors, however many reasons there are")
  func vital() throws {
    let lines = screen(try sheet(25, reasons: 28), 24)
    let head = try #require(lines.firstIndex { $0.hasPrefix("SENSOR") }, "\(lines)")
    for word in ["uplink", "spool", "clock", "reasons"] {
      let place = try #require(lines.firstIndex { $0.hasPrefix(word) }, "\(lines)")
      #expect(place < head)
    }
    #expect(lines.contains("         … 26 more"), "\(lines)")
  }

  @Test("Faults come first, then alarms and doubtful values, then the others in the order of the file")
  func order() throws {
    let lines = screen(try sheet(4), 60)
    let head = try #require(lines.firstIndex { $0.hasPrefix("SENSOR") })
    let names = lines[(head + 1)...].prefix(7).map { String($0.prefix(4)) }
    #expect(names == ["hall", "door", "air ", "well", "well", "well", "well"], "\(lines)")
    #expect(lines[head + 4].hasPrefix("well-0"))
    #expect(lines[head + 7].hasPrefix("well-3"))
  }

  @Test("What a person has to read is broken between words, not cut")
  func wrapping() throws {
    let lines = screen(try sheet(0, columns: 50), 60)
    let first = try #require(lines.firstIndex { $0.hasPrefix("reasons  ") }, "\(lines)")
    let reason = lines[first] + " " + lines[first + 1].drop { $0 == " " }
    let whole = "reasons  sensor 0: cannot be read for 3 min 20 s: a checksum is wrong, again and again"
    #expect(reason == whole, "\(lines)")
    #expect(lines[first + 1].hasPrefix("         "), "\(lines)")
    #expect(lines.allSatisfy { $0.count <= 50 }, "\(lines)")
  }
}
