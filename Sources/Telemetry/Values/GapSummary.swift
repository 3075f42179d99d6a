/// Collects records that will never arrive and makes gaps of them: one span for each sensor and reason.
///
/// A gap that is itself dropped is not lost: its content goes into the new gap.
package struct GapSummary: Sendable {
  private struct Tally: Sendable {
    var count: UInt64 = 0
    var spans: [String: Gap.Span] = [:]

    mutating func add(_ more: UInt64) { count = clamped(count, more) }
  }

  private var tallies: [Gap.Reason: Tally] = [:]

  package init() {}

  package var isEmpty: Bool { tallies.isEmpty }

  /// Adds a dropped record. A record that cannot be decoded is only counted, because its sensor is not known.
  package mutating func add(_ record: [UInt8], _ reason: Gap.Reason) {
    guard let report = try? ReportCoder.decode(record) else {
      tallies[reason, default: Tally()].add(1)
      return
    }
    add(report, reason)
  }

  package mutating func add(_ report: Report, _ reason: Gap.Reason) {
    let (stream, position) = (report.identity.sensor, report.identity.position)
    tallies[reason, default: Tally()].add(1)
    add(Gap.Span(stream: stream, first: position, last: position, count: 1), reason)
    if case .gap(let gap) = report { retake(gap) }
  }

  /// Takes over the content of a gap that will not be reported separately.
  package mutating func retake(_ gap: Gap) {
    tallies[gap.reason, default: Tally()].add(gap.count)
    for span in gap.spans { add(span, gap.reason) }
  }

  private mutating func add(_ span: Gap.Span, _ reason: Gap.Reason) {
    // A name too long for any sensor is left out, but its records are counted: a gap must fit into a record.
    guard span.stream.utf8.count <= Identity.longestSensor else { return }
    let known = tallies[reason]?.spans[span.stream]
    tallies[reason, default: Tally()].spans[span.stream] = known.map { $0.joined(with: span) } ?? span
  }

  /// Adds `count` records that cannot be read any more. Which ones is inferred from the records before and after them,
  /// where a sensor's sequence jumps. Where the jumps do not add up to `count`, or the neighbours have holes, so that
  /// delivered records can be among the missing, the spans only say where readings may be missing.
  package mutating func addUnreadable(count: UInt64, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool) {
    let jumps = Self.jumps(from: before, to: after)
    let isExact = !hasHoles && sum(jumps) == count
    tallies[.unreadable, default: Tally()].add(count)
    for jump in jumps {
      let span = Gap.Span(stream: jump.stream, first: jump.first, last: jump.last, count: isExact ? jump.count : nil)
      add(span, .unreadable)
    }
  }

  private static func jumps(from before: [[UInt8]], to after: [[UInt8]]) -> [Gap.Span] {
    var last: [String: Gap.Position] = [:]
    for identity in identities(before) { last[identity.sensor] = identity.position }
    var next: [String: Gap.Position] = [:]
    for identity in identities(after).reversed() { next[identity.sensor] = identity.position }
    return next.compactMap { stream, next in
      guard let last = last[stream] else { return nil }
      // A new epoch's first sequence number is 1; the last number of the old epoch is not known.
      let known = last.epoch == next.epoch ? last.sequence : 0
      guard next.sequence > known, next.sequence - known > 1 else { return nil }
      return span(stream, epoch: next.epoch, after: known, before: next.sequence)
    }
  }

  private static func identities(_ records: [[UInt8]]) -> [Identity] {
    records.compactMap { try? ReportCoder.decode($0).identity }
  }

  private static func span(_ stream: String, epoch: UInt32, after: UInt64, before: UInt64) -> Gap.Span {
    Gap.Span(
      stream: stream, first: Gap.Position(epoch: epoch, sequence: after + 1),
      last: Gap.Position(epoch: epoch, sequence: before - 1), count: before - 1 - after)
  }

  /// As many gaps as are needed for none to take more than `limit` bytes as a record. `identity` identifies each.
  package func gaps(at time: Stamp, limit: Int, identity: () -> Identity) -> [Gap] {
    tallies.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { reason, tally in
      var unexplained = tally.count - min(tally.count, sum(tally.spans.values))
      return portions(tally.spans.values.sorted { $0.stream < $1.stream }, limit: limit).map { spans in
        let count = clamped(unexplained, sum(spans))
        unexplained = 0
        return Gap(identity: identity(), time: time, reason: reason, count: count, spans: spans)
      }
    }
  }

  private func portions(_ spans: [Gap.Span], limit: Int) -> [[Gap.Span]] {
    var portions: [[Gap.Span]] = [[]]
    var room = limit - ReportCoder.largestGapHead
    for span in spans {
      let size = ReportCoder.size(of: span)
      if size > room, portions[portions.count - 1] != [] {
        portions.append([])
        room = limit - ReportCoder.largestGapHead
      }
      portions[portions.count - 1].append(span)
      room -= size
    }
    return portions
  }
}

extension Gap.Span {
  fileprivate func joined(with other: Gap.Span) -> Gap.Span {
    var sum: UInt64?
    if let count, let added = other.count { sum = clamped(count, added) }
    return Gap.Span(stream: stream, first: min(first, other.first), last: max(last, other.last), count: sum)
  }
}

/// The sum, saturated: counts come from a disk, where any number can be. The largest number is an unknown count.
private func clamped(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max - 1 : min(sum, .max - 1)
}

private func sum(_ spans: some Sequence<Gap.Span>) -> UInt64 { spans.reduce(0) { clamped($0, $1.count ?? 0) } }
