import Telemetry
import Testing
import Uplink

@testable import Gateway

@Suite struct InquiryTests {
  private let figures = UplinkFigures(inFlight: 3, held: [], protocolName: "MQTT 5")

  /// Out of the macros, which do not take what changes a value.
  private final class Bench {
    var inquiry = Inquiry()

    func begin(_ sources: [Inquiry.Source]) -> (asked: [Inquiry.Source], round: UInt64)? { inquiry.begin(sources) }
    func finish(_ round: UInt64, isLate: Bool = false) -> Inquiry.Answers? { inquiry.finish(round, isLate: isLate) }
  }

  private let bench = Bench()

  private func hear(_ source: Inquiry.Source) {
    bench.inquiry.heard(source) { answers in
      if source == .spool { answers.spool = SpoolFigures() } else { answers.uplink = figures }
    }
  }

  @Test("The answers come when nobody owes one")
  func all() throws {
    let (asked, round) = try #require(bench.begin([.spool, .uplink]))
    #expect(asked == [.spool, .uplink])
    hear(.uplink)
    #expect(bench.finish(round) == nil)
    #expect(bench.begin([.spool, .uplink]) == nil, "one round at a time")
    hear(.spool)
    let answers = try #require(bench.finish(round))
    #expect(answers.spool != nil)
    #expect(answers.uplink == figures)
    #expect(bench.finish(round, isLate: true) == nil, "the limit of a round that is over")
  }

  @Test("Who does not answer is missing, and is not asked again before it has answered")
  func hanging() throws {
    let first = try #require(bench.begin([.spool, .uplink]))
    hear(.uplink)
    let answers = try #require(bench.finish(first.round, isLate: true))
    #expect(answers.spool == nil)
    #expect(answers.uplink == figures)
    for _ in 0..<3 {
      let (asked, round) = try #require(bench.begin([.spool, .uplink]))
      #expect(asked == [.uplink])
      hear(.uplink)
      #expect(bench.finish(round)?.uplink == figures)
    }
    // Its answer belongs to no round that is open.
    let open = try #require(bench.begin([.spool]))
    #expect(open.asked.isEmpty)
    hear(.spool)
    let late = try #require(bench.finish(open.round))
    #expect(late.spool == nil)
    #expect(bench.begin([.spool])?.asked == [.spool])
  }

  @Test("One that is gone owes nothing: its successor is asked in the next round, and this one does not wait for it")
  func replaced() throws {
    let first = try #require(bench.begin([.spool, .uplink]))
    hear(.spool)
    bench.inquiry.forget(.uplink)
    #expect(bench.finish(first.round)?.uplink == nil)
    let second = try #require(bench.begin([.spool, .uplink]))
    #expect(second.asked == [.spool, .uplink])
    hear(.spool)
    hear(.uplink)
    #expect(bench.finish(second.round)?.uplink == figures)
  }

  @Test("With nobody to ask it is over at once")
  func nobody() throws {
    let (asked, round) = try #require(bench.begin([]))
    #expect(asked.isEmpty)
    #expect(bench.finish(round) != nil)
  }
}
