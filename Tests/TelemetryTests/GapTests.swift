import Telemetry
import Testing

@Suite struct GapTests {
  private let time = Stamp(
    boot: BootID(7), uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: 6), synced: true)

  private func reading(_ sensor: String, _ epoch: UInt32, _ sequence: UInt64) -> [UInt8] {
    let identity = Identity(sensor: sensor, epoch: epoch, sequence: sequence)
    return ReportCoder.encode(.reading(Reading(identity: identity, time: time, quantities: [], quality: .good)))
  }

  private func gaps(_ summary: GapSummary, limit: Int = 2_000) -> [Gap] {
    var sequence: UInt64 = 0
    return summary.gaps(at: time, limit: limit) {
      sequence += 1
      return Identity(sensor: Event.stream, epoch: 9, sequence: sequence)
    }
  }

  private func span(_ stream: String, _ first: (UInt32, UInt64), _ last: (UInt32, UInt64), _ count: UInt64?) -> Gap.Span
  {
    Gap.Span(
      stream: stream, first: Gap.Position(epoch: first.0, sequence: first.1),
      last: Gap.Position(epoch: last.0, sequence: last.1), count: count)
  }

  @Test("Readings of several sensors and epochs become one span for each sensor")
  func spans() {
    var summary = GapSummary()
    for sequence in 5...9 as ClosedRange<UInt64> { summary.add(reading("b", 1, sequence), .evicted) }
    for sequence in 1...2 as ClosedRange<UInt64> { summary.add(reading("b", 2, sequence), .evicted) }
    summary.add(reading("a", 1, 3), .evicted)
    let gap = gaps(summary)
    #expect(gap.map(\.reason) == [.evicted])
    #expect(gap.map(\.count) == [8])
    #expect(gap.first?.spans == [span("a", (1, 3), (1, 3), 1), span("b", (1, 5), (2, 2), 7)])
    #expect(gap.first?.time == time)
    #expect(gap.first?.identity.sequence == 1)
  }

  @Test("Each reason has a gap of its own; nothing lost makes none")
  func reasons() {
    var summary = GapSummary()
    #expect(summary.isEmpty)
    #expect(gaps(summary).isEmpty)
    for reason in Gap.Reason.allCases { summary.add(reading("a", 1, 1), reason) }
    #expect(gaps(summary).map(\.reason) == Gap.Reason.allCases)
    #expect(gaps(summary).map(\.identity.sequence) == [1, 2, 3, 4, 5, 6])
  }

  @Test("What a lost gap said is said again, with its own reason")
  func lostGap() {
    var first = GapSummary()
    first.add(reading("a", 1, 4), .expired)
    var second = GapSummary()
    for gap in gaps(first) { second.add(.gap(gap), .evicted) }
    second.add(reading("a", 1, 9), .evicted)
    let told = gaps(second)
    #expect(told.map(\.reason) == [.evicted, .expired])
    #expect(told.map(\.count) == [2, 1])
    #expect(told.first?.spans == [span("a", (1, 9), (1, 9), 1), span("event", (9, 1), (9, 1), 1)])
    #expect(told.last?.spans == [span("a", (1, 4), (1, 4), 1)])
  }

  @Test("Records that nobody can decode are counted")
  func undecodable() {
    var summary = GapSummary()
    summary.add([1, 2, 3], .evicted)
    summary.add(reading("a", 1, 1), .evicted)
    #expect(gaps(summary).map(\.count) == [2])
    #expect(gaps(summary).first?.spans.count == 1)
  }

  @Test("Of unreadable records the sensors' jumps tell what they were, when they add up")
  func jumps() {
    var summary = GapSummary()
    let before = [reading("a", 3, 7), reading("b", 3, 2), reading("a", 3, 8), reading("c", 3, 5)]
    let after = [reading("a", 3, 11), reading("b", 3, 3), reading("c", 3, 7), reading("a", 3, 12), reading("d", 3, 4)]
    summary.addUnreadable(count: 3, before: before, after: after, hasHoles: false)
    #expect(gaps(summary).map(\.count) == [3])
    #expect(gaps(summary).first?.spans == [span("a", (3, 9), (3, 10), 2), span("c", (3, 6), (3, 6), 1)])
  }

  @Test("When the jumps do not add up the spans say where, not how many")
  func uncertainJumps() {
    var summary = GapSummary()
    summary.addUnreadable(count: 5, before: [reading("a", 3, 8)], after: [reading("a", 3, 11)], hasHoles: false)
    #expect(gaps(summary).map(\.count) == [5])
    #expect(gaps(summary).first?.spans == [span("a", (3, 9), (3, 10), nil)])
  }

  @Test("Jumps over delivered records can add up by chance: where the records have holes no span says how many")
  func jumpsWithHoles() {
    var summary = GapSummary()
    summary.addUnreadable(count: 2, before: [reading("a", 3, 8)], after: [reading("a", 3, 11)], hasHoles: true)
    #expect(gaps(summary).map(\.count) == [2])
    #expect(gaps(summary).first?.spans == [span("a", (3, 9), (3, 10), nil)])
  }

  @Test("A new epoch begins at 1: what is missing before its first reading is known")
  func newEpoch() {
    var summary = GapSummary()
    summary.addUnreadable(count: 3, before: [reading("a", 3, 8)], after: [reading("a", 4, 4)], hasHoles: false)
    #expect(gaps(summary).first?.spans == [span("a", (4, 1), (4, 3), 3)])
    var backwards = GapSummary()
    backwards.addUnreadable(count: 3, before: [reading("a", 3, 8)], after: [reading("a", 3, 4)], hasHoles: false)
    #expect(gaps(backwards).map(\.count) == [3])
    #expect(gaps(backwards).first?.spans == [])
  }

  @Test("A name that no sensor can have is not told, its record is counted")
  func longName() {
    var summary = GapSummary()
    let longest = String(repeating: "a", count: Identity.longestSensor)
    for sequence in 1...2 as ClosedRange<UInt64> { summary.add(reading(longest + "b", 1, sequence), .evicted) }
    summary.add(reading(longest, 1, 7), .evicted)
    #expect(gaps(summary).map(\.count) == [3] && gaps(summary).first?.spans == [span(longest, (1, 7), (1, 7), 1)])
  }

  @Test("Nothing around an unreadable block: only the number is told")
  func noNeighbours() {
    var summary = GapSummary()
    summary.addUnreadable(count: 12, before: [], after: [], hasHoles: false)
    #expect(gaps(summary).map(\.count) == [12])
    #expect(gaps(summary).first?.spans == [])
  }

  @Test("No gap is longer than the limit as a record, and together they tell all", arguments: [120, 300, 2_000])
  func portions(limit: Int) throws {
    var summary = GapSummary()
    for sensor in 0..<90 {
      for sequence in 1...3 as ClosedRange<UInt64> { summary.add(reading("sensor-\(sensor)", 1, sequence), .evicted) }
    }
    summary.add([0], .evicted)
    let told = gaps(summary, limit: limit)
    #expect(told.allSatisfy { ReportCoder.encode(.gap($0)).count <= limit })
    #expect(told.reduce(0) { $0 + $1.count } == 271)
    #expect(told.flatMap(\.spans).count == 90)
    for gap in told { #expect(try ReportCoder.decode(ReportCoder.encode(.gap(gap))) == .gap(gap)) }
  }

  @Test("Counts that would overflow stop below the number that stands for an unknown one")
  func overflow() {
    let huge = Gap(
      identity: Identity(sensor: Event.stream, epoch: 1, sequence: 1), time: time, reason: .evicted, count: .max,
      spans: [span("a", (1, 0), (.max, .max), .max - 1)])
    var summary = GapSummary()
    for _ in 0..<3 { summary.add(.gap(huge), .evicted) }
    summary.addUnreadable(count: .max, before: [reading("a", 1, 0)], after: [reading("a", 1, .max)], hasHoles: false)
    #expect(gaps(summary).map(\.count) == [UInt64.max - 1, UInt64.max - 1])
  }
}
