import Telemetry

/// What the broker does not take for now. What it denies is held by stream: everything of such a stream waits in the spool,
/// in order, and now and then the first of it is tried. When that goes well the rest follows, and then the stream is as any
/// other. A message at which the connection breaks off is held by itself, and its stream too when it is not the only one.
struct Held: Sendable {
  private static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)
  /// A message at which the connection has broken off so often is given up.
  private static let breakLimit = 3

  private enum Key: Hashable, Sendable {
    case stream(String)
    case message(UInt64)
  }

  private struct Entry {
    enum State {
      case waiting(until: Uptime)
      /// The next one that the spool gives is tried.
      case due
      /// One is on its way.
      case trying
      /// All may go.
      case open
    }

    let stream: String
    /// No lower number of it is held.
    var first: UInt64
    var wait = Held.first
    var state: State
    /// How often the connection broke off at its first one; 0: the broker says no, and the connection stands.
    var breaks = 0
    /// It was not answered even when it was alone on its way. That is never a reason to give it up.
    var isUnanswered = false

    /// Its next try has to be alone on its way.
    var needsCare: Bool { breaks > 0 || isUnanswered }
  }

  private var entries: [Key: Entry] = [:]
  /// What is held from this number on is to be looked at.
  private(set) var sweep: UInt64?

  var isEmpty: Bool { entries.isEmpty }

  /// The streams of which something is held back.
  var streams: [String] { Set(entries.values.map(\.stream)).sorted() }

  /// The entry that this parcel belongs to.
  private func key(of parcel: Parcel) -> Key {
    entries[.message(parcel.number)] != nil ? .message(parcel.number) : .stream(parcel.stream)
  }

  func holds(_ parcel: Parcel) -> Bool { entries[key(of: parcel)] != nil }

  /// When the next try is due.
  var until: Uptime? {
    entries.values.compactMap { if case .waiting(let until) = $0.state { until } else { nil } }.min()
  }

  /// The next try has to be alone on its way.
  var needsCare: Bool {
    entries.values.contains { if case .due = $0.state { $0.needsCare } else { false } }
  }

  /// One more of what is held.
  mutating func add(_ parcel: Parcel) {
    let key = key(of: parcel)
    guard var entry = entries[key] else { return }
    entry.first = min(entry.first, parcel.number)
    entries[key] = entry
    switch entry.state {
    case .due, .open: sweep = min(sweep ?? parcel.number, parcel.number)
    case .waiting, .trying: break
    }
  }

  /// The broker has said no. Returns how long until the next try; nil: it was known.
  mutating func denied(_ parcel: Parcel, wasProbe: Bool, at now: Uptime) -> Duration? {
    let key = key(of: parcel)
    guard var entry = entries[key] else {
      let until = now + Self.first
      entries[key] = Entry(stream: parcel.stream, first: parcel.number, state: .waiting(until: until))
      return Self.first
    }
    defer { entries[key] = entry }
    entry.first = min(entry.first, parcel.number)
    switch entry.state {
    case .trying where wasProbe: entry.wait = min(entry.wait * 2, Self.ceiling)
    case .open where wasProbe: break
    case .waiting, .due, .trying, .open: return nil
    }
    (entry.breaks, entry.isUnanswered, entry.state) = (0, false, .waiting(until: now + entry.wait))
    return entry.wait
  }

  /// The connection broke off at it, or it was never answered (`isSilence`). Returns how long until the next try; nil: it is
  /// to be given up, which silence is no reason for: it may be the network's.
  mutating func brokeOff(at parcel: Parcel, isSilence: Bool, at now: Uptime) -> Duration? {
    var key = key(of: parcel)
    if entries[key] == nil, !entries.values.contains(where: { $0.stream == parcel.stream }) {
      key = .message(parcel.number)
    }
    var entry =
      entries[key] ?? Entry(stream: parcel.stream, first: parcel.number, wait: Self.first / 2, state: .trying)
    entry.first = min(entry.first, parcel.number)
    if isSilence { entry.isUnanswered = true } else { entry.breaks += 1 }
    entry.wait = min(entry.wait * 2, Self.ceiling)
    let isGivenUp = !isSilence && entry.breaks >= Self.breakLimit
    // The one that follows it in a stream is tried as carefully.
    if isGivenUp { (entry.breaks, entry.wait) = (1, Self.first) }
    entry.state = .waiting(until: now + entry.wait)
    entries[key] = isGivenUp && key == .message(parcel.number) ? nil : entry
    return isGivenUp ? nil : entry.wait
  }

  /// Whether the connection has broken off at this, or at its stream, before.
  func isBreaking(_ parcel: Parcel) -> Bool { entries[key(of: parcel)].map { $0.breaks > 0 } ?? false }

  /// The one that was tried has been taken.
  mutating func accepted(_ parcel: Parcel) {
    let key = key(of: parcel)
    guard let entry = entries[key], case .trying = entry.state else { return }
    if key == .message(parcel.number) {
      entries[key] = nil
    } else {
      entries[key] = Entry(stream: entry.stream, first: entry.first, state: .open)
      sweep = min(sweep ?? entry.first, entry.first)
    }
  }

  /// The one that was tried comes back later.
  mutating func postponed(_ parcel: Parcel, until moment: Uptime) {
    let key = key(of: parcel)
    if case .trying? = entries[key]?.state { entries[key]?.state = .waiting(until: moment) }
  }

  /// A new connection may find other rules.
  mutating func connected(at now: Uptime) {
    sweep = nil
    for (key, entry) in entries {
      if !entry.needsCare {
        entries[key]?.wait = Self.first
        entries[key]?.state = .waiting(until: now)
      } else if case .waiting = entry.state {
        continue
      } else {
        entries[key]?.state = .waiting(until: now + entry.wait)
      }
    }
  }

  // MARK: Looking through what is held

  /// Those whose time has come.
  mutating func wake(at now: Uptime) {
    for (key, entry) in entries {
      guard case .waiting(let until) = entry.state, until <= now else { continue }
      entries[key]?.state = .due
      sweep = min(sweep ?? entry.first, entry.first)
    }
  }

  /// Whether one that the spool has given is sent; otherwise it is held again.
  mutating func sends(_ parcel: Parcel) -> Bool {
    let key = key(of: parcel)
    switch entries[key]?.state {
    case .waiting, .trying: return false
    case .due: entries[key]?.state = .trying
    case .open, nil: break
    }
    entries[key]?.first = parcel.number + (key == .message(parcel.number) ? 0 : 1)
    return true
  }

  /// The disk does not give the next one of what is held: later it may, or it is known to be lost.
  mutating func cutShort(at now: Uptime) {
    sweep = nil
    for (key, entry) in entries {
      switch entry.state {
      case .due, .open: entries[key]?.state = .waiting(until: now + Self.first / 2)
      case .waiting, .trying: break
      }
    }
  }

  /// What is held has been looked at up to this number; nil: all of it.
  mutating func swept(to number: UInt64?) {
    let wanted = entries.filter {
      switch $0.value.state {
      case .due, .open: true
      case .waiting, .trying: false
      }
    }
    guard let number else {
      // Of these nothing is left.
      for key in wanted.keys { entries[key] = nil }
      sweep = nil
      return
    }
    sweep = wanted.isEmpty ? nil : number + 1
  }
}
