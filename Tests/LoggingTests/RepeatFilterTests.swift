import Telemetry
import Testing

@testable import Logging

@Suite("Repeated log lines")
struct RepeatFilterTests {
  private var filter = RepeatFilter()

  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  private let line = LogEntry(.warning, id: "id", "x")

  @Test("The first is written at once; while it goes on, ever more seldom, in the end once an hour")
  mutating func collapse() {
    var written: [Int64: [String]] = [:]
    for second in 0...(5 * 3_600) {
      let texts = filter.admit(line, at: at(Int64(second))).map(\.text)
      if !texts.isEmpty { written[Int64(second)] = texts }
    }
    let minutes = written.keys.sorted().map { $0 / 60 }
    #expect(minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
    #expect(written[0] == ["x"])
    #expect(written[60] == ["x (59 more times in 59 s)"])
    #expect(written[180] == ["x (120 more times in 1 min 59 s)"])
  }

  @Test("After a quiet minute it is new: the count of before, and the line at once")
  mutating func again() {
    for second in 0...300 { _ = filter.admit(line, at: at(Int64(second))) }
    #expect(filter.due(at(359), all: false) == [])
    #expect(filter.admit(line, at: at(360)).map(\.text) == ["x (121 more times in 2 min 0 s)", "x"])
    #expect(filter.admit(line, at: at(361)) == [])
    #expect(filter.due(at(421), all: false).map(\.text) == ["x (once more in 1.0 s)"])
    #expect(filter.due(at(9_999), all: true) == [])
  }

  @Test("What is new of the same broker comes behind the count of what it ends; what flaps is counted all the same")
  mutating func ends() {
    let broker = [LogEntry.Field.broker: "b"]
    let away = LogEntry(.warning, id: "away", "away", broker)
    let back = LogEntry(.notice, id: "back", "back", broker)
    for second in 0..<10 { _ = filter.admit(away, at: at(Int64(second))) }
    #expect(filter.admit(LogEntry(.notice, id: "other", "other"), at: at(9)).map(\.text) == ["other"])
    #expect(filter.admit(back, at: at(10)).map(\.text) == ["away (9 more times in 9.0 s)", "back"])
    for second in 11..<60 { #expect(filter.admit(second % 2 == 0 ? back : away, at: at(Int64(second))) == []) }
    // From ten seconds on.
    #expect(
      filter.due(at(60), all: true).map(\.text) == ["away (25 more times in 49 s)", "back (24 more times in 48 s)"])
  }

  @Test("A different text, or the same at another level, is another line")
  mutating func different() {
    #expect(filter.admit(LogEntry(.warning, id: "id", "x"), at: at(0)).count == 1)
    #expect(filter.admit(LogEntry(.error, id: "id", "x"), at: at(0)).count == 1)
    #expect(filter.admit(LogEntry(.warning, id: "id", "y"), at: at(0)).count == 1)
  }

  @Test("A line that came once leaves no summary")
  mutating func single() {
    _ = filter.admit(LogEntry(.info, id: "id", "x"), at: at(0))
    #expect(filter.due(at(100), all: false) == [])
    #expect(filter.admit(LogEntry(.info, id: "id", "x"), at: at(101)).map(\.text) == ["x"])
  }

  @Test("What is held back is written in the end")
  mutating func flush() {
    _ = filter.admit(LogEntry(.info, id: "id", "x"), at: at(0))
    _ = filter.admit(LogEntry(.info, id: "id", "x"), at: at(1))
    #expect(filter.due(at(2), all: false) == [])
    #expect(filter.due(at(2), all: true).map(\.text) == ["x (once more in 1.0 s)"])
  }

  @Test("Many different lines do not grow the memory, and no count is lost when the oldest is forgotten")
  mutating func bounded() {
    _ = filter.admit(LogEntry(.info, id: "id", "first"), at: at(0))
    _ = filter.admit(LogEntry(.info, id: "id", "first"), at: at(0))
    var lines: [String] = []
    for number in 0..<RepeatFilter.capacity {
      lines += filter.admit(LogEntry(.info, id: "id", "\(number)"), at: at(1)).map(\.text)
    }
    #expect(lines.contains("first (once more in 0.0 s)"))
    #expect(lines.count == RepeatFilter.capacity + 1)
  }

  @Test("A wire that disturbs bytes has another text each time: after some, they are counted and not written")
  mutating func variants() {
    let hall = [LogEntry.Field.sensor: "hall"]
    func fault(_ bytes: Int) -> LogEntry { LogEntry(.warning, id: "fault", "bytes \(bytes)", hall) }
    var lines: [String] = []
    for second in 0..<60 { lines += filter.admit(fault(second), at: at(Int64(second))).map(\.text) }
    #expect(lines == ["bytes 0", "bytes 1", "bytes 2", "bytes 3"])
    #expect(filter.due(at(63), all: false).map(\.text) == ["bytes 3 (56 more times, in other words too, in 56 s)"])
    // Another sensor's, and what is about none, are not concerned.
    #expect(filter.admit(LogEntry(.warning, id: "fault", "x", [.sensor: "a"]), at: at(63)).map(\.text) == ["x"])
    for number in 0..<9 { #expect(filter.admit(LogEntry(.info, id: "id", "\(number)"), at: at(63)).count == 1) }
  }
}
