import Testing

@testable import Display

@Suite("What arrives, in a terminal of a certain size") struct LiveSheetTests {
  private func row(
    _ sensor: String, device: String = "coldstore-7", quality: String = "good", gaps: UInt64 = 0,
    time: String = "2026-11-23T05:01:02.123Z"
  ) -> LiveSheet.Row {
    LiveSheet.Row(
      device: device, sensor: sensor, value: "21.5 °C, 45.2 %", time: time, quality: quality, epoch: 1_234,
      sequence: 123_456, received: 123_456, gaps: gaps)
  }

  private func lines(_ rows: [LiveSheet.Row], _ height: Int, _ width: Int = 80, states: [String] = []) -> [String] {
    LiveSheet(rows, states: states).lines(rows: height, columns: width, note: "connected", ending: "q ends")
  }

  @Test("Every row is shown or counted, at every height")
  func counts() {
    for count in 0...40 {
      for height in 6...30 {
        for states in [[], ["coldstore-7 online"]] {
          let found = lines((0..<count).map { row("probe-\($0)") }, height, states: states)
          let shown = found.count { $0.contains("probe-") }
          let more = found.first { $0.hasPrefix("… ") }.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
          #expect(shown + more == count, "\(found)")
          #expect(found.count <= height, "\(found)")
          #expect(found.last == "q ends")
          #expect(found.contains("connected"))
        }
      }
    }
  }

  @Test("Value, quality and gaps stay, whatever the names are; what yields is the date, then epoch, received, sequence")
  func width() {
    let long = row(
      String(repeating: "s", count: 64), device: String(repeating: "d", count: 64), quality: "suspect", gaps: 3)
    for width in [58, 80, 100, 120] {
      let found = lines([long], 24, width)
      #expect(found[0].contains("QUALITY"), "\(found)")
      #expect(found[0].hasSuffix("GAPS"), "\(found)")
      #expect(found[1].contains("suspect"), "\(found)")
      #expect(found[1].hasSuffix("3"), "\(found)")
      #expect(found[1].contains("21.5 °C, 45"), "\(found)")
      #expect(found.allSatisfy { $0.count <= width }, "\(found)")
    }
    let short = lines([row("hall")], 24)
    #expect(short[1] == "coldstore-7  hall    21.5 °C, 45.2 %  05:01:02  good     123456    0", "\(short)")
    #expect(lines([row("hall")], 24, 130)[1].contains("2026-11-23T05:01:02.123Z  good     1234"))
  }

  @Test("Where there is no room for all, those with gaps or doubtful values are shown")
  func unusual() {
    let rows = (0..<20).map { row("probe-\($0)") } + [row("gappy", gaps: 2), row("odd", quality: "suspect")]
    let found = lines(rows, 8)
    #expect(found[1].contains("gappy"), "\(found)")
    #expect(found[2].contains("odd"), "\(found)")
    #expect(lines(rows, 40)[1].contains("probe-0"))
  }

  @Test("Gateways are shown or counted")
  func gateways() {
    let states = (0..<20).map { "gateway-\($0) online" }
    let line = lines([row("hall")], 24, states: states)[3]
    #expect(line.count <= 80, "\(line)")
    #expect(line.hasSuffix("  … 17 more"), "\(line)")
  }

  @Test("A time that is none is shown as it is")
  func time() {
    #expect(row("x", time: "").timeOfDay == "")
    #expect(row("x", time: "soon").timeOfDay == "soon")
  }
}
