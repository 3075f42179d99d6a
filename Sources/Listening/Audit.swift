import Telemetry

/// Checks what arrives against what a gateway promises. Every reading and event has a unique identity. Within an epoch
/// the sequence numbers have no holes, and arrive in order. A gap event names the numbers that will never arrive.
package struct Audit: Sendable {
  /// Which reports the listener is expected to have seen.
  package enum Scope: Sendable {
    /// Each sensor's reports from the first one seen. Epochs that begin later begin with 1.
    case sinceJoining
    /// All reports of every epoch seen, from 1 on.
    case fromStart
    /// Any part of the reports, as a member of a shared subscription. Holes and order mean nothing.
    case share
  }

  /// The readings of one sensor, or the events of one device.
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
  /// The spans that gap events name for each stream, in the order of arrival.
  private var spans: [Stream: [Gap.Span]] = [:]
  /// Number of messages, or parts of messages, that no gateway publishes.
  package private(set) var faults: UInt64 = 0
  /// Topic and reason of the first few faults.
  package private(set) var faultSamples: [String] = []

  /// At most this many faults, and late arrivals of one stream, are listed. The rest are only counted.
  static let samples = 20

  package init(_ scope: Scope) { self.scope = scope }

  package mutating func add(_ delivery: Delivery) {
    for report in delivery.reports { add(report) }
    for fault in delivery.faults {
      faults += 1
      if faultSamples.count < Self.samples { faultSamples.append("\(delivery.topic): \(fault)") }
    }
  }

  package mutating func add(_ report: IncomingReport) {
    let stream = Stream(device: report.device, sensor: report.identity.sensor)
    guard records[stream, default: StreamRecord()].add(report.identity.position) else { return }
    guard case .gap(_, _, let named) = report.content else { return }
    for span in named { spans[Stream(device: report.device, sensor: span.stream), default: []].append(span) }
  }

  /// The findings so far, sorted by device and sensor. A sensor that has sent nothing is left out.
  package var findings: [Finding] {
    records.sorted { $0.key < $1.key }.map { stream, record in finding(stream, record) }
  }

  /// The finding for one stream; nil when nothing of it has arrived.
  package func finding(for stream: Stream) -> Finding? { records[stream].map { finding(stream, $0) } }

  private func finding(_ stream: Stream, _ record: StreamRecord) -> Finding {
    let holes = scope == .share ? [] : record.holes(fromStart: scope == .fromStart)
    let (unexplained, reported) = holes.explained(by: spans[stream] ?? [])
    return Finding(
      stream: stream, epochs: record.epochs, received: record.received, repeats: record.repeats, missing: unexplained,
      reported: reported, disorder: scope == .share ? [] : record.disorder,
      disorderCount: scope == .share ? 0 : record.disorderCount)
  }

  /// Nothing is missing unreported, and nothing is out of order. Repeats are allowed: delivery is at least once. Faults
  /// are not considered.
  package var isClean: Bool { findings.allSatisfy(\.isClean) }
}

extension Audit {
  /// The result for one sensor, or for the events of one device.
  package struct Finding: Hashable, Sendable {
    package let stream: Stream
    package let epochs: ClosedRange<UInt32>
    /// Number of reports received, without repeats.
    package let received: UInt64
    package let repeats: UInt64
    /// The numbers that did not arrive and that no gap event names.
    package let missing: [Hole]
    /// How many numbers did not arrive and are named by a gap event.
    package let reported: UInt64
    /// The first few reports that arrived after a newer one.
    package let disorder: [Disorder]
    package let disorderCount: UInt64

    package var missingCount: UInt64 { missing.reduce(0) { saturated($0, $1.count) } }
    package var isClean: Bool { missing.isEmpty && disorderCount == 0 }
  }

  /// Consecutive sequence numbers of one epoch that did not arrive.
  package struct Hole: Hashable, Sendable {
    package let epoch: UInt32
    package let sequences: ClosedRange<UInt64>

    package init(epoch: UInt32, sequences: ClosedRange<UInt64>) {
      self.epoch = epoch
      self.sequences = sequences
    }

    package var count: UInt64 { saturated(sequences.upperBound - sequences.lowerBound, 1) }
  }

  /// A late arrival: a report first delivered after a newer one.
  package struct Disorder: Hashable, Sendable {
    package let late: Gap.Position
    package let after: Gap.Position

    package init(late: Gap.Position, after: Gap.Position) {
      self.late = late
      self.after = after
    }
  }
}

/// Everything seen of one stream.
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

  /// Adds a report's position. Returns false for a repeat.
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
      // An epoch older than the first one seen was under way when we joined: it counts from its first report seen.
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
