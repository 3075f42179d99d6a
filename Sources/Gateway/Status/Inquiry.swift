import Uplink

/// Questions to the threads that keep figures to themselves, and what they say. A value: one round at a time, and who owes
/// an answer is not asked again, because a disk or a name server may hold its thread for as long as it likes.
struct Inquiry: Sendable {
  enum Source: Hashable, Sendable { case spool, uplink }

  struct Answers: Sendable {
    var spool: SpoolFigures?
    var uplink: UplinkFigures?
  }

  private var round: UInt64 = 0
  private var isOpen = false
  private var answers = Answers()
  /// By the number of the round that they were asked in.
  private var owing: [Source: UInt64] = [:]

  /// Whom to ask; nil: a round is open, and its answers will do.
  mutating func begin(_ sources: [Source]) -> (asked: [Source], round: UInt64)? {
    guard !isOpen else { return nil }
    round += 1
    (isOpen, answers) = (true, Answers())
    let asked = sources.filter { owing[$0] == nil }
    for source in asked { owing[source] = round }
    return (asked, round)
  }

  /// A late answer tells only that its thread turns again: it is about a moment that is gone.
  mutating func heard(_ source: Source, _ take: (inout Answers) -> Void) {
    if owing.removeValue(forKey: source) == round, isOpen { take(&answers) }
  }

  /// It is not there any more, and will not answer: its successor is to be asked.
  mutating func forget(_ source: Source) { owing[source] = nil }

  /// The answers, once, when nobody owes one to this round, or when `isLate`.
  mutating func finish(_ round: UInt64, isLate: Bool) -> Answers? {
    guard isOpen, round == self.round, isLate || !owing.values.contains(round) else { return nil }
    isOpen = false
    return answers
  }
}
