import Telemetry
import Testing

@testable import Gateway

@Suite("The watchdog")
struct WatchdogTests {
  private let loops = ["spool", "uplink"]

  @Test("Nothing is asked before the first round, so it is alive")
  func first() {
    var watchdog = Watchdog()
    #expect(watchdog.nextRound(asking: loops).verdict == .alive)
  }

  @Test("All answered: alive. One silent: it is named. It answers again: alive in the round after")
  func silence() {
    var watchdog = Watchdog()
    var round = watchdog.nextRound(asking: loops).round
    watchdog.answered("spool", round: round)
    watchdog.answered("uplink", round: round)
    var next = watchdog.nextRound(asking: loops)
    #expect(next.verdict == .alive)
    watchdog.answered("spool", round: next.round)
    round = next.round
    next = watchdog.nextRound(asking: loops)
    #expect(next.verdict == .silent(["uplink"]))
    watchdog.answered("uplink", round: round)  // late: an answer to the question before
    watchdog.answered("spool", round: next.round)
    next = watchdog.nextRound(asking: loops)
    #expect(next.verdict == .silent(["uplink"]))
    for loop in loops { watchdog.answered(loop, round: next.round) }
    #expect(watchdog.nextRound(asking: loops).verdict == .alive)
  }

  @Test("Several silent threads are named in order")
  func several() {
    var watchdog = Watchdog()
    _ = watchdog.nextRound(asking: ["uplink", "i2c-1", "spool"])
    #expect(watchdog.nextRound(asking: []).verdict == .silent(["i2c-1", "spool", "uplink"]))
  }
}

@Suite("Words")
struct WordsTests {
  @Test(
    "Durations are told as a person would",
    arguments: [
      (Duration.milliseconds(0), "0.0 s"), (.milliseconds(240), "0.2 s"), (.milliseconds(9_940), "9.9 s"),
      (.seconds(42), "42 s"), (.seconds(200), "3 min 20 s"), (.seconds(7_500), "2 h 5 min"),
      (.seconds(349_200), "4 d 1 h"),
    ])
  func durations(_ duration: Duration, _ words: String) { #expect(brief(duration) == words) }

  @Test("One is not many")
  func counts() {
    #expect(counted(1, "reading") == "1 reading" && counted(0, "reading") == "0 readings")
  }

  @Test("The status line names what is faulty")
  func condition() {
    var condition = Condition(sensors: 7, faulty: ["freezer-1"], isConnected: true)
    #expect(condition.summary == "7 sensors, 1 faulty (freezer-1); connected")
    condition.faulty = []
    condition.isConnected = false
    #expect(condition.summary == "7 sensors, none faulty; not connected")
  }
}
