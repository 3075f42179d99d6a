/// Says exactly what will never arrive: which readings and events were given up, and why. Kept and delivered like a
/// reading, so that nothing vanishes in silence.
public struct Gap: Hashable, Sendable {
  public enum Reason: UInt8, CaseIterable, Sendable {
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
    /// The broker will never take them: they were set aside.
    case rejected = 6

    public var name: String {
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
  public struct Position: Hashable, Comparable, Sendable {
    public let epoch: UInt32
    public let sequence: UInt64

    public init(epoch: UInt32, sequence: UInt64) {
      self.epoch = epoch
      self.sequence = sequence
    }

    public static func < (a: Position, b: Position) -> Bool { (a.epoch, a.sequence) < (b.epoch, b.sequence) }
  }

  /// What is missing of one sensor, or of the events.
  public struct Span: Hashable, Sendable {
    /// The sensor's id, or `Event.stream`.
    public let stream: String
    public let first: Position
    public let last: Position
    /// How many of those from `first` to `last` are missing; nil when that is not known: then they may be.
    public let count: UInt64?

    public init(stream: String, first: Position, last: Position, count: UInt64?) {
      self.stream = stream
      self.first = first
      self.last = last
      self.count = count
    }
  }

  /// `identity.sensor` is `Event.stream`: gaps are numbered with the events.
  public let identity: Identity
  /// When it was noticed.
  public let time: Stamp
  public let reason: Reason
  /// How many are missing in all. The spans explain all of them, or, of unreadable ones, as many as can be known.
  public let count: UInt64
  public let spans: [Span]

  public init(identity: Identity, time: Stamp, reason: Reason, count: UInt64, spans: [Span]) {
    self.identity = identity
    self.time = time
    self.reason = reason
    self.count = count
    self.spans = spans
  }
}

extension Identity {
  public var position: Gap.Position { Gap.Position(epoch: epoch, sequence: sequence) }
}
