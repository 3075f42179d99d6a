import Telemetry

/// What the broker does not take for now, by stream: everything of such a stream waits in the spool, in order, and now and
/// then the first of it is tried. When that goes well the rest follows, and then the stream is as any other.
struct Held: Sendable {
  private static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)
  /// A message at which the connection has broken off so often is given up.
  private static let breakLimit = 3

  private struct Stream {
    enum State {
      case waiting(until: Uptime)
      /// The next one that the spool gives is tried.
      case due
      /// One is on its way.
      case trying
      /// All may go.
      case open
    }

    /// No lower number is held.
    var first: UInt64
    var wait = Held.first
    var state: State
    /// How often the connection broke off at its first one; 0: the broker says no, and the connection stands.
    var breaks = 0
  }

  private var streams: [String: Stream] = [:]
  /// What is held from this number on is to be looked at.
  private(set) var sweep: UInt64?

  var isEmpty: Bool { streams.isEmpty }

  func holds(_ stream: String) -> Bool { streams[stream] != nil }

  /// When the next try is due.
  var until: Uptime? {
    streams.values.compactMap { if case .waiting(let until) = $0.state { until } else { nil } }.min()
  }

  /// The next try has to be alone on its way.
  var needsCare: Bool {
    streams.values.contains { if case .due = $0.state { $0.breaks > 0 } else { false } }
  }

  /// One more of a stream that is held.
  mutating func add(_ number: UInt64, of name: String) {
    guard var stream = streams[name] else { return }
    stream.first = min(stream.first, number)
    streams[name] = stream
    switch stream.state {
    case .due, .open: sweep = min(sweep ?? number, number)
    case .waiting, .trying: break
    }
  }

  /// The broker has said no. Returns how long until the next try; nil: it was known.
  mutating func denied(_ number: UInt64, of name: String, wasProbe: Bool, at now: Uptime) -> Duration? {
    guard var stream = streams[name] else {
      streams[name] = Stream(first: number, state: .waiting(until: now + Self.first))
      return Self.first
    }
    defer { streams[name] = stream }
    stream.first = min(stream.first, number)
    switch stream.state {
    case .trying where wasProbe: stream.wait = min(stream.wait * 2, Self.ceiling)
    case .open where wasProbe: break
    case .waiting, .due, .trying, .open: return nil
    }
    (stream.breaks, stream.state) = (0, .waiting(until: now + stream.wait))
    return stream.wait
  }

  /// The connection broke off at it. Returns how long until the next try; nil: it is to be given up.
  mutating func brokeOff(at number: UInt64, of name: String, at now: Uptime) -> Duration? {
    var stream = streams[name] ?? Stream(first: number, wait: Self.first / 2, state: .trying)
    defer { streams[name] = stream }
    stream.first = min(stream.first, number)
    stream.breaks += 1
    guard stream.breaks < Self.breakLimit else {
      // The one that follows it is tried as carefully.
      (stream.breaks, stream.wait, stream.state) = (1, Self.first, .waiting(until: now + Self.first))
      return nil
    }
    stream.wait = min(stream.wait * 2, Self.ceiling)
    stream.state = .waiting(until: now + stream.wait)
    return stream.wait
  }

  /// Whether the connection has broken off at this stream before.
  func isBreaking(_ name: String) -> Bool { streams[name].map { $0.breaks > 0 } ?? false }

  /// The one that was tried has been taken.
  mutating func accepted(_ name: String) {
    guard case .trying? = streams[name]?.state, let first = streams[name]?.first else { return }
    streams[name] = Stream(first: first, state: .open)
    sweep = min(sweep ?? first, first)
  }

  /// The one that was tried comes back later.
  mutating func postponed(_ name: String, until moment: Uptime) {
    if case .trying? = streams[name]?.state { streams[name]?.state = .waiting(until: moment) }
  }

  /// A new connection may find other rules.
  mutating func connected(at now: Uptime) {
    sweep = nil
    for (name, stream) in streams {
      if stream.breaks == 0 {
        streams[name]?.wait = Self.first
        streams[name]?.state = .waiting(until: now)
      } else if case .waiting = stream.state {
        continue
      } else {
        streams[name]?.state = .waiting(until: now + stream.wait)
      }
    }
  }

  // MARK: Looking through what is held

  /// Those whose time has come.
  mutating func wake(at now: Uptime) {
    for (name, stream) in streams {
      guard case .waiting(let until) = stream.state, until <= now else { continue }
      streams[name]?.state = .due
      sweep = min(sweep ?? stream.first, stream.first)
    }
  }

  /// Whether one that the spool has given is sent; otherwise it is held again.
  mutating func sends(_ number: UInt64, of name: String) -> Bool {
    switch streams[name]?.state {
    case .waiting, .trying: return false
    case .due: streams[name]?.state = .trying
    case .open, nil: break
    }
    streams[name]?.first = number + 1
    return true
  }

  /// What is held has been looked at up to this number; nil: all of it.
  mutating func swept(to number: UInt64?) {
    let isWanted = streams.values.contains {
      switch $0.state {
      case .due, .open: true
      case .waiting, .trying: false
      }
    }
    if let number, isWanted {
      sweep = number + 1
      return
    }
    sweep = nil
    guard number == nil else { return }
    // Of these nothing is left.
    streams = streams.filter {
      switch $0.value.state {
      case .due, .open: false
      case .waiting, .trying: true
      }
    }
  }
}
