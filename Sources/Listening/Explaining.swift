import Telemetry

extension [Audit.Hole] {
  /// The holes that no gap event names, and how many missing numbers the events do name.
  ///
  /// A span explains at most as many numbers as its count says are missing, or all numbers in it if the count is
  /// unknown. Spans are taken by their ends, the earliest first, and explain the lowest numbers first: no other choice
  /// explains more.
  func explained(by spans: [Gap.Span]) -> (unexplained: [Audit.Hole], reported: UInt64) {
    var (left, reported): ([Audit.Hole], UInt64) = (self, 0)
    for span in spans.sorted(by: { $0.last < $1.last }) {
      var budget = span.count
      left = left.flatMap { hole in
        guard budget != 0, let named = hole.part(in: span) else { return [hole] }
        let size = Audit.Hole(epoch: hole.epoch, sequences: named).count
        let taken = Swift.min(size, budget ?? size)
        budget = budget.map { $0 - taken }
        reported = saturated(reported, taken)
        return hole.without(named.lowerBound...(named.lowerBound + (taken - 1)))
      }
    }
    return (left, reported)
  }
}

extension Audit.Hole {
  /// The part of the hole that lies in a span. A span may cover several epochs.
  fileprivate func part(in span: Gap.Span) -> ClosedRange<UInt64>? {
    guard span.first.epoch <= epoch, epoch <= span.last.epoch else { return nil }
    let low = span.first.epoch == epoch ? max(span.first.sequence, sequences.lowerBound) : sequences.lowerBound
    let high = span.last.epoch == epoch ? min(span.last.sequence, sequences.upperBound) : sequences.upperBound
    return low <= high ? low...high : nil
  }

  fileprivate func without(_ part: ClosedRange<UInt64>) -> [Audit.Hole] {
    var rest: [Audit.Hole] = []
    if part.lowerBound > sequences.lowerBound {
      rest.append(Audit.Hole(epoch: epoch, sequences: sequences.lowerBound...(part.lowerBound - 1)))
    }
    if part.upperBound < sequences.upperBound {
      rest.append(Audit.Hole(epoch: epoch, sequences: (part.upperBound + 1)...sequences.upperBound))
    }
    return rest
  }
}
