import Telemetry

/// Whether every loop still turns. A loop that has nothing to do sleeps for as long as it likes, so it is asked: a
/// question goes out to each, and is answered by turning. A value: what is asked and answered goes in, a verdict comes
/// out.
struct Watchdog: Sendable {
  /// A loop and how long it has not answered, or had not.
  struct Silence: Hashable, Sendable {
    let loop: String
    let lasted: Duration
  }

  /// What the round that ends here found.
  struct Verdict: Hashable, Sendable {
    /// These have not answered. None: systemd may know that all is well.
    let silent: [Silence]
    /// These were silent, and have answered.
    let returned: [Silence]
  }

  /// When the questions were asked that are not answered yet.
  private var asked: [String: Uptime] = [:]
  /// Found silent by the last round, and since when.
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

  /// A late answer to an earlier question says that the loop hung and came back: the question asked since will be
  /// answered in turn.
  mutating func answered(_ loop: String, round: Int) {
    if round == self.round { asked[loop] = nil }
  }

  private func silences(_ loops: [String: Uptime], _ now: Uptime) -> [Silence] {
    loops.map { Silence(loop: $0.key, lasted: now - $0.value) }.sorted { $0.loop < $1.loop }
  }
}
