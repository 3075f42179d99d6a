import Telemetry

/// Checks what arrives against what a gateway promises: every reading and event has an identity of its own, counts on
/// without holes within its epoch, and comes in order; what will never come is named by a gap event.
package struct Audit: Sendable {
  /// What the listener should have seen.
  package enum Scope: Sendable {
    /// All from the first one of each sensor that was seen. Epochs that begin later begin with 1.
    case sinceJoining
    /// All of every epoch seen, from 1 on.
    case fromStart
    /// Any part: a member of a shared subscription. Holes and order mean nothing.
    case share
  }

  /// Readings of one sensor, or the events of one device.
  package struct Stream: Hashable, Comparable, Sendable {
    package let device: String
    package let sensor: String

    package init(device: String, sensor: String) {
      self.device = device
      self.sensor = sensor
    }

    package static func < (a: Stream, b: Stream) -> Bool { (a.device, a.sensor) < (b.device, b.sensor) }
  }

  let scope: Scope
  private var records: [Stream: StreamRecord] = [:]
  /// What the gap events say of each, in the order of arrival.
  private var spans: [Stream: [Gap.Span]] = [:]
  /// Messages, or parts of them, that are nothing that a gateway publishes.
  package private(set) var faults: UInt64 = 0
  /// The first few of them: topic and reason.
  package private(set) var faultSamples: [String] = []

  /// More than this of one kind is counted and not listed.
  static let samples = 20

  package init(_ scope: Scope) { self.scope = scope }

  package mutating func add(_ delivery: Delivery) {
    for report in delivery.reports { add(report) }
    for fault in delivery.faults {
      faults += 1
      if faultSamples.count < Self.samples { faultSamples.append("\(delivery.message.topic): \(fault)") }
    }
  }

  package mutating func add(_ report: IncomingReport) {
    let stream = Stream(device: report.device, sensor: report.identity.sensor)
    guard records[stream, default: StreamRecord()].add(report.identity.position) else { return }
    guard case .gap(_, _, let named) = report.content else { return }
    for span in named { spans[Stream(device: report.device, sensor: span.stream), default: []].append(span) }
  }

  /// What is known now, in order of device and sensor. A sensor of which nothing came is not in it.
  package var findings: [Finding] {
    records.sorted { $0.key < $1.key }.map { stream, record in finding(stream, record) }
  }

  /// The same for one of them; nil when nothing came.
  package func finding(for stream: Stream) -> Finding? { records[stream].map { finding(stream, $0) } }

  private func finding(_ stream: Stream, _ record: StreamRecord) -> Finding {
    let holes = scope == .share ? [] : record.holes(fromStart: scope == .fromStart)
    let (unexplained, reported) = holes.explained(by: spans[stream] ?? [])
    return Finding(
      stream: stream, epochs: record.epochs, received: record.received, repeats: record.repeats, missing: unexplained,
      reported: reported, disorder: scope == .share ? [] : record.disorder,
      disorderCount: scope == .share ? 0 : record.disorderCount)
  }

  /// Nothing is missing without a word and nothing out of order. Repeats are no fault: they are promised.
  package var isClean: Bool { findings.allSatisfy(\.isClean) }
}

extension Audit {
  /// What is to be said of one sensor, or of the events of one device.
  package struct Finding: Hashable, Sendable {
    package let stream: Stream
    package let epochs: ClosedRange<UInt32>
    /// Without repeats.
    package let received: UInt64
    package let repeats: UInt64
    /// Never came, and no gap event names it.
    package let missing: [Hole]
    /// Never came, and a gap event says so.
    package let reported: UInt64
    /// The first few that came after one that is younger.
    package let disorder: [Disorder]
    package let disorderCount: UInt64

    package var missingCount: UInt64 { missing.reduce(0) { saturated($0, $1.count) } }
    package var isClean: Bool { missing.isEmpty && disorderCount == 0 }
  }

  /// Sequence numbers of one epoch in a row that did not come.
  package struct Hole: Hashable, Sendable {
    package let epoch: UInt32
    package let sequences: ClosedRange<UInt64>

    package init(epoch: UInt32, sequences: ClosedRange<UInt64>) {
      self.epoch = epoch
      self.sequences = sequences
    }

    package var count: UInt64 { saturated(sequences.upperBound - sequences.lowerBound, 1) }
  }

  /// One that came late: its first delivery followed a younger one's.
  package struct Disorder: Hashable, Sendable {
    package let late: Gap.Position
    package let after: Gap.Position

    package init(late: Gap.Position, after: Gap.Position) {
      self.late = late
      self.after = after
    }
  }
}

/// What has been seen of one stream.
struct StreamRecord: Sendable {
  private var seen: [UInt32: SequenceSet] = [:]
  private var first = Gap.Position(epoch: 0, sequence: 0)
  private var newest = Gap.Position(epoch: 0, sequence: 0)
  private(set) var received: UInt64 = 0
  private(set) var repeats: UInt64 = 0
  private(set) var disorder: [Audit.Disorder] = []
  private(set) var disorderCount: UInt64 = 0

  var epochs: ClosedRange<UInt32> {
    let all = seen.keys
    return (all.min() ?? 0)...(all.max() ?? 0)
  }

  /// False for a repeat.
  mutating func add(_ position: Gap.Position) -> Bool {
    guard seen[position.epoch, default: SequenceSet()].insert(position.sequence) else {
      repeats += 1
      return false
    }
    received += 1
    if received == 1 { first = position }
    if position < newest {
      disorderCount += 1
      if disorder.count < Audit.samples { disorder.append(Audit.Disorder(late: position, after: newest)) }
    }
    newest = max(newest, position)
    return true
  }

  func holes(fromStart: Bool) -> [Audit.Hole] {
    seen.sorted { $0.key < $1.key }.flatMap { epoch, sequences in
      // An epoch older than the first one seen was under way when we joined: it is known from its first one on.
      let joined = sequences.ranges.first?.lowerBound ?? 1
      let begin = fromStart || epoch > first.epoch ? 1 : epoch == first.epoch ? first.sequence : joined
      return sequences.holes(from: begin).map { Audit.Hole(epoch: epoch, sequences: $0) }
    }
  }
}

func saturated(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}
