import Testing

@testable import Gateway

@Suite("A question to several sources, and their answers") struct ScatterGatherTests {
  enum Source { case spool, uplink }

  /// Out of the macros, which do not take what changes a value.
  private final class Bench {
    var rounds = ScatterGather<Source, [Source: Int]>()

    func begin(_ sources: [Source]) -> (asked: [Source], round: UInt64)? { rounds.begin(sources, into: [:]) }
    func hear(_ source: Source, _ round: UInt64, _ answer: Int = 1) {
      rounds.heard(source, in: round) { $0[source] = answer }
    }
    func finish(_ round: UInt64, isLate: Bool = false) -> [Source: Int]? { rounds.finish(round, isLate: isLate) }
  }

  private let bench = Bench()

  @Test("The answers come when nobody owes one, and once")
  func all() throws {
    let (asked, round) = try #require(bench.begin([.spool, .uplink]))
    #expect(asked == [.spool, .uplink])
    bench.hear(.uplink, round, 7)
    #expect(bench.finish(round) == nil)
    #expect(bench.begin([.spool, .uplink]) == nil, "one round at a time")
    bench.hear(.spool, round, 8)
    #expect(bench.finish(round) == [.spool: 8, .uplink: 7])
    #expect(bench.finish(round) == nil)
    #expect(bench.finish(round, isLate: true) == nil, "the limit of a round that is over")
  }

  @Test("The limit of an earlier round does not end the one that is open")
  func earlierLimit() throws {
    let first = try #require(bench.begin([.spool]))
    bench.hear(.spool, first.round)
    #expect(bench.finish(first.round) == [.spool: 1])
    let second = try #require(bench.begin([.spool]))
    #expect(bench.finish(first.round, isLate: true) == nil)
    #expect(bench.finish(second.round, isLate: true) == [:])
  }

  @Test("A source that does not answer is missing, and is not asked again before it has answered")
  func hanging() throws {
    let first = try #require(bench.begin([.spool, .uplink]))
    bench.hear(.uplink, first.round)
    #expect(bench.finish(first.round, isLate: true) == [.uplink: 1])
    for _ in 0..<3 {
      let (asked, round) = try #require(bench.begin([.spool, .uplink]))
      #expect(asked == [.uplink])
      bench.hear(.uplink, round)
      #expect(bench.finish(round) == [.uplink: 1])
    }
    // Its answer belongs to no round that is open.
    let open = try #require(bench.begin([.spool]))
    #expect(open.asked.isEmpty)
    bench.hear(.spool, first.round)
    #expect(bench.finish(open.round) == [:])
    #expect(bench.begin([.spool])?.asked == [.spool])
  }

  @Test("An answer that comes when no round is open sets its source free")
  func betweenRounds() throws {
    let first = try #require(bench.begin([.spool]))
    #expect(bench.finish(first.round, isLate: true) == [:])
    bench.hear(.spool, first.round)
    let second = try #require(bench.begin([.spool]))
    #expect(second.asked == [.spool])
    #expect(bench.finish(second.round) == nil, "the old answer is not kept for it")
  }

  @Test("One that is gone owes nothing: its successor is asked in the next round, and this one does not wait for it")
  func replaced() throws {
    let first = try #require(bench.begin([.spool, .uplink]))
    bench.hear(.spool, first.round)
    bench.rounds.forget(.uplink)
    #expect(bench.finish(first.round) == [.spool: 1])
    let second = try #require(bench.begin([.spool, .uplink]))
    #expect(second.asked == [.spool, .uplink])
    bench.hear(.spool, second.round)
    bench.hear(.uplink, second.round)
    #expect(bench.finish(second.round) == [.spool: 1, .uplink: 1])
  }

  @Test("An answer of one that is gone is not its successor's")
  func predecessor() throws {
    let first = try #require(bench.begin([.uplink]))
    bench.rounds.forget(.uplink)
    #expect(bench.finish(first.round) == [:])
    let second = try #require(bench.begin([.uplink]))
    bench.hear(.uplink, first.round, 1)
    #expect(bench.finish(second.round) == nil)
    bench.hear(.uplink, second.round, 2)
    #expect(bench.finish(second.round) == [.uplink: 2])
  }

  @Test("With nobody to ask it is over at once")
  func nobody() throws {
    let (asked, round) = try #require(bench.begin([]))
    #expect(asked.isEmpty)
    #expect(bench.finish(round) == [:])
  }
}
