/// Lists the readings and events that will never arrive, and why they were dropped. A gap is kept and delivered like a
/// reading, so that no loss goes unreported.
package struct Gap: Hashable, Sendable {
  package enum Reason: UInt8, CaseIterable, Sendable {
    /// The buffer was full, and the oldest records were dropped to make room.
    case evicted = 1
    /// The records were older than the age limit.
    case expired = 2
    /// The records were on the disk and can no longer be read.
    case unreadable = 3
    /// The buffer was full and keeps the oldest: new records were refused.
    case refused = 4
    /// A person emptied the buffer.
    case purged = 5
    /// The broker will never accept the records: they are dead letters now.
    case rejected = 6

    package var name: String {
      switch self {
      case .evicted: "evicted"
      case .expired: "expired"
      case .unreadable: "unreadable"
      case .refused: "refused"
      case .purged: "purged"
      case .rejected: "rejected"
      }
    }
  }

  /// A position in the sequence of one sensor's readings.
  package struct Position: Hashable, Comparable, Sendable {
    package let epoch: UInt32
    package let sequence: UInt64

    package init(epoch: UInt32, sequence: UInt64) {
      self.epoch = epoch
      self.sequence = sequence
    }

    package static func < (a: Position, b: Position) -> Bool { (a.epoch, a.sequence) < (b.epoch, b.sequence) }
  }

  /// The missing records of one sensor, or of the events.
  package struct Span: Hashable, Sendable {
    /// The sensor's id, or `Event.stream`.
    package let stream: String
    package let first: Position
    package let last: Position
    /// How many of the records from `first` to `last` are missing; nil: not known, any of them may be missing.
    package let count: UInt64?

    package init(stream: String, first: Position, last: Position, count: UInt64?) {
      self.stream = stream
      self.first = first
      self.last = last
      self.count = count
    }
  }

  /// `identity.sensor` is `Event.stream`: gaps are numbered with the events.
  package let identity: Identity
  /// When the loss was noticed.
  package let time: Stamp
  package let reason: Reason
  /// Total of missing records. The spans cover all of them, or, for unreadable records, as many as can be identified.
  package let count: UInt64
  package let spans: [Span]

  package init(identity: Identity, time: Stamp, reason: Reason, count: UInt64, spans: [Span]) {
    self.identity = identity
    self.time = time
    self.reason = reason
    self.count = count
    self.spans = spans
  }
}

extension Identity {
  package var position: Gap.Position { Gap.Position(epoch: epoch, sequence: sequence) }
}
