/// Says exactly what will never arrive: which readings and events were given up, and why. Kept and delivered like a
/// reading, so that nothing vanishes in silence.
package struct Gap: Hashable, Sendable {
  package enum Reason: UInt8, CaseIterable, Sendable {
    /// The oldest had to make room: the buffer was at its limit.
    case evicted = 1
    /// They were older than the age limit.
    case expired = 2
    /// They were on the disk and can no longer be read.
    case unreadable = 3
    /// The buffer was at its limit and keeps the oldest.
    case refused = 4
    /// A person emptied the buffer.
    case purged = 5
    /// The broker will never take them: they are dead letters now.
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

  /// A place in the order of one sensor's readings.
  package struct Position: Hashable, Comparable, Sendable {
    package let epoch: UInt32
    package let sequence: UInt64

    package init(epoch: UInt32, sequence: UInt64) {
      self.epoch = epoch
      self.sequence = sequence
    }

    package static func < (a: Position, b: Position) -> Bool { (a.epoch, a.sequence) < (b.epoch, b.sequence) }
  }

  /// What is missing of one sensor, or of the events.
  package struct Span: Hashable, Sendable {
    /// The sensor's id, or `Event.stream`.
    package let stream: String
    package let first: Position
    package let last: Position
    /// How many of those from `first` to `last` are missing; nil when that is not known: then they may be.
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
  /// When it was noticed.
  package let time: Stamp
  package let reason: Reason
  /// How many are missing in all. The spans explain all of them, or, of unreadable ones, as many as can be known.
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
