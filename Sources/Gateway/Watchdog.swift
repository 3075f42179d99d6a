/// Whether every loop still turns. A loop that has nothing to do sleeps for as long as it likes, so it is asked: a
/// question goes out to each, and is answered by turning. A value: what is asked and answered goes in, a verdict comes
/// out.
struct Watchdog: Sendable {
  /// What a round found.
  enum Verdict: Hashable, Sendable {
    /// All loops have answered the last question: systemd may know.
    case alive
    /// These have not.
    case silent([String])
  }

  private var unanswered: Set<String> = []
  private var round = 0

  /// Ends a round and begins the next one for these loops.
  mutating func nextRound(asking loops: [String]) -> (verdict: Verdict, round: Int) {
    let verdict: Verdict = unanswered.isEmpty ? .alive : .silent(unanswered.sorted())
    unanswered = Set(loops)
    round += 1
    return (verdict, round)
  }

  /// A late answer to an earlier question says that the loop hung and came back: the question asked since will be
  /// answered in turn.
  mutating func answered(_ loop: String, round: Int) {
    if round == self.round { unanswered.remove(loop) }
  }
}
