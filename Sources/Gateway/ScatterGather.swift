/// A question to several sources at once, and their answers. A value: one round at a time. A source that still owes an
/// answer is not asked again, because a bus, a disk or a name server may hold its thread indefinitely.
struct ScatterGather<Source: Hashable & Sendable, Answers: Sendable>: Sendable {
  private var round: UInt64 = 0
  /// Nil: no round is open.
  private var answers: Answers?
  /// Sources that owe an answer, with the number of the round that asked them.
  private var owing: [Source: UInt64] = [:]

  /// Begins a round, without answers in `empty`. Returns the sources to ask. Nil: a round is open.
  mutating func begin(_ sources: [Source], into empty: Answers) -> (asked: [Source], round: UInt64)? {
    guard answers == nil else { return nil }
    round += 1
    answers = empty
    let asked = sources.filter { owing[$0] == nil }
    for source in asked { owing[source] = round }
    return (asked, round)
  }

  /// The source has answered the question of this round. To an earlier round the answer says only that the source can
  /// be asked again: its content is out of date.
  mutating func heard(_ source: Source, in round: UInt64, _ take: (inout Answers) -> Void) {
    assert(round <= self.round, "a round that has not begun")
    guard owing[source] == round else { return }
    owing[source] = nil
    guard round == self.round, var gathered = answers else { return }
    take(&gathered)
    answers = gathered
  }

  /// The source is gone, and will not answer: its successor can be asked.
  mutating func forget(_ source: Source) { owing[source] = nil }

  /// Returns the answers once: when no source owes one to this round, or when `isLate`.
  mutating func finish(_ round: UInt64, isLate: Bool) -> Answers? {
    guard let answers, round == self.round, isLate || !owing.values.contains(round) else { return nil }
    self.answers = nil
    return answers
  }
}
