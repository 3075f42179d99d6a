import Telemetry
import Testing

@testable import Gateway

@Suite("The watchdog")
struct WatchdogTests {
  private typealias Silence = Watchdog.Silence

  private var watchdog = Watchdog()

  private mutating func ask(_ loops: [String], at seconds: Int64) -> (verdict: Watchdog.Verdict, round: Int) {
    watchdog.nextRound(asking: loops, at: Uptime(nanoseconds: seconds * 1_000_000_000))
  }

  @Test("Nothing is asked before the first round, so nobody is silent")
  mutating func first() {
    #expect(ask(["spool", "uplink"], at: 0).verdict == .init(silent: [], returned: []))
  }

  @Test("All answered: none is silent. One silent: it is named, with the time. It answers again: that is told, once")
  mutating func silence() {
    let loops = ["spool", "uplink"]
    var round = ask(loops, at: 0).round
    for loop in loops { watchdog.answered(loop, round: round) }
    var next = ask(loops, at: 20)
    #expect(next.verdict == .init(silent: [], returned: []))
    watchdog.answered("spool", round: next.round)
    round = next.round
    next = ask(loops, at: 40)
    #expect(next.verdict == .init(silent: [Silence(loop: "uplink", lasted: .seconds(20))], returned: []))
    watchdog.answered("uplink", round: round)  // late: an answer to the question before
    watchdog.answered("spool", round: next.round)
    next = ask(loops, at: 60)
    #expect(next.verdict == .init(silent: [Silence(loop: "uplink", lasted: .seconds(40))], returned: []))
    for loop in loops { watchdog.answered(loop, round: next.round) }
    next = ask(loops, at: 80)
    #expect(next.verdict == .init(silent: [], returned: [Silence(loop: "uplink", lasted: .seconds(60))]))
    for loop in loops { watchdog.answered(loop, round: next.round) }
    #expect(ask(loops, at: 100).verdict == .init(silent: [], returned: []))
  }

  @Test("Several silent threads are named in order")
  mutating func several() {
    let loops = ["uplink", "i2c-1", "spool"]
    _ = ask(loops, at: 0)
    #expect(ask(loops, at: 1).verdict.silent.map(\.loop) == ["i2c-1", "spool", "uplink"])
  }

  @Test("A thread that is gone after a reload is not missed, and one that is new is not silent")
  mutating func reloaded() {
    _ = ask(["i2c-1"], at: 0)
    #expect(ask(["i2c-2"], at: 20).verdict == .init(silent: [], returned: []))
    _ = ask(["i2c-2"], at: 40)
    #expect(ask(["i2c-1"], at: 60).verdict == .init(silent: [], returned: []))
  }
}
