import Telemetry
import Testing

@testable import Linux

@Suite("Repeated log lines")
struct RepeatFilterTests {
  private var filter = RepeatFilter()

  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  @Test("The first is written at once, the same again within a minute is counted")
  mutating func collapse() {
    #expect(filter.admit(LogEntry(.warning, id: "id", "x"), at: at(0)).map(\.text) == ["x"])
    for second in 1...59 { #expect(filter.admit(LogEntry(.warning, id: "id", "x"), at: at(Int64(second))) == []) }
    #expect(
      filter.admit(LogEntry(.warning, id: "id", "x"), at: at(60)).map(\.text) == ["x (59 more times since then)", "x"])
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
    #expect(filter.due(at(2), all: true).map(\.text) == ["x (1 more time since then)"])
  }

  @Test("Many different lines do not grow the memory, and no count is lost when the oldest is forgotten")
  mutating func bounded() {
    _ = filter.admit(LogEntry(.info, id: "id", "first"), at: at(0))
    _ = filter.admit(LogEntry(.info, id: "id", "first"), at: at(0))
    var lines: [String] = []
    for number in 0..<RepeatFilter.capacity {
      lines += filter.admit(LogEntry(.info, id: "id", "\(number)"), at: at(1)).map(\.text)
    }
    #expect(lines.contains("first (1 more time since then)"))
    #expect(lines.count == RepeatFilter.capacity + 1)
  }
}
