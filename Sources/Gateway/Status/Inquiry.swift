import Uplink

/// Questions to the threads that keep figures to themselves, and their answers. A value: one round at a time. A thread
/// that still owes an answer is not asked again, because a disk or a name server may hold it indefinitely.
struct Inquiry: Sendable {
  enum Source: Hashable, Sendable { case spool, uplink }

  struct Answers: Sendable {
    var spool: SpoolFigures?
    var uplink: UplinkFigures?
  }

  private var round: UInt64 = 0
  private var isOpen = false
  private var answers = Answers()
  /// Sources that owe an answer, with the number of the round that asked them.
  private var owing: [Source: UInt64] = [:]

  /// Returns the sources to ask; nil: a round is open, and its answers will do.
  mutating func begin(_ sources: [Source]) -> (asked: [Source], round: UInt64)? {
    guard !isOpen else { return nil }
    round += 1
    (isOpen, answers) = (true, Answers())
    let asked = sources.filter { owing[$0] == nil }
    for source in asked { owing[source] = round }
    return (asked, round)
  }

  /// A late answer says only that the thread is running again: its figures are out of date.
  mutating func heard(_ source: Source, _ take: (inout Answers) -> Void) {
    if owing.removeValue(forKey: source) == round, isOpen { take(&answers) }
  }

  /// The source is gone, and will not answer: its successor can be asked.
  mutating func forget(_ source: Source) { owing[source] = nil }

  /// Returns the answers once: when no source owes one to this round, or when `isLate`.
  mutating func finish(_ round: UInt64, isLate: Bool) -> Answers? {
    guard isOpen, round == self.round, isLate || !owing.values.contains(round) else { return nil }
    isOpen = false
    return answers
  }
}
