import Telemetry
import Testing

@Suite("Words") struct WordsTests {
  @Test(
    "A duration is read aloud with one sign, also when a clock was set back",
    arguments: [
      (5_300, "5.3 s"), (-5_300, "-5.3 s"), (-300, "-0.3 s"), (-42_000, "-42 s"), (-200_000, "-3 min 20 s"),
      (-7_500_000, "-2 h 5 min"), (-349_200_000, "-4 d 1 h"), (0, "0.0 s"),
    ])
  func brief(milliseconds: Int64, words: String) {
    #expect(Telemetry.brief(.milliseconds(milliseconds)) == words)
  }
}
