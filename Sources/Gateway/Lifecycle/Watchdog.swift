import Telemetry

/// Checks that every loop still runs. An idle loop sleeps indefinitely, so each loop is sent a question, and answers it
/// by running. A value: questions and answers go in, a verdict comes out.
struct Watchdog: Sendable {
  /// A loop and the length of its silence, which may be over.
  struct Silence: Hashable, Sendable {
    let loop: String
    let lasted: Duration
  }

  /// Result of the round that has just ended.
  struct Verdict: Hashable, Sendable {
    /// Loops that have not answered. None: systemd may be told that all is well.
    let silent: [Silence]
    /// Loops that were silent and have answered.
    let returned: [Silence]
  }

  /// When each unanswered question was asked.
  private var asked: [String: Uptime] = [:]
  /// Loops that the last round found silent, and since when.
  private var silent: [String: Uptime] = [:]
  private var round = 0

  /// Ends a round and begins the next one for these loops.
  mutating func nextRound(asking loops: [String], at now: Uptime) -> (verdict: Verdict, round: Int) {
    asked = asked.filter { loops.contains($0.key) }
    let returned = silent.filter { asked[$0.key] == nil && loops.contains($0.key) }
    silent = asked
    let verdict = Verdict(silent: silences(silent, now), returned: silences(returned, now))
    for loop in loops where asked[loop] == nil { asked[loop] = now }
    round += 1
    return (verdict, round)
  }

  /// Ignores a late answer to an earlier question: the loop hung and came back, and will answer the latest question
  /// too.
  mutating func answered(_ loop: String, round: Int) {
    if round == self.round { asked[loop] = nil }
  }

  private func silences(_ loops: [String: Uptime], _ now: Uptime) -> [Silence] {
    loops.map { Silence(loop: $0.key, lasted: now - $0.value) }.sorted { $0.loop < $1.loop }
  }
}
