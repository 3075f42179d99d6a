import Telemetry

/// The streams that the broker does not take for now. Everything of a held stream waits in the spool, in order, and now
/// and then its first message is tried. When that is accepted the rest follows, and the stream is no longer held.
///
/// Some brokers can only close the connection, whatever they object to in a message. So a message at which the
/// connection breaks off is held in the same way. When the breaks go on, the next message of its stream is tried. If
/// that is accepted, the first message alone waits. If not, the broker is to blame, and the stream waits as a whole
/// again. A message is given up only if it goes on breaking the connection while all others pass.
///
/// A gap, which reports a loss, is never given up (`HeldStreams+Gaps.swift`).
struct HeldStreams: Sendable {
  static let first = Duration.seconds(60)
  private static let ceiling = Duration.seconds(900)
  /// When the first message of a stream has failed this often, the next one is tried. A merely bad network must not
  /// change the order.
  private static let isolationLimit = 3
  /// Before that, its tries follow each other soon: the rest of the stream waits too.
  static let soon = Duration.seconds(5)
  /// A message at which the connection has broken off this often can be given up.
  private static let breakLimit = 4

  enum Key: Hashable, Sendable {
    case stream(String)
    /// A message at which the connection breaks off, while it is not known whether others of the stream break it too.
    case message(UInt64)
    /// A gap that the broker will never take.
    case gap(UInt64)
    /// All gaps that have no entry of their own.
    case gaps

    var isMessage: Bool { if case .message = self { true } else { false } }
    /// The entry holds a single parcel.
    var isOne: Bool {
      switch self {
      case .message, .gap: true
      case .stream, .gaps: false
      }
    }
  }

  struct Entry {
    enum State {
      case waiting(until: Uptime)
      /// The next parcel that the spool gives is tried.
      case due
      /// One parcel is in flight.
      case trying
      /// All parcels may be sent.
      case open
    }

    let stream: String
    /// No parcel of the entry with a lower number is held.
    var first: UInt64
    var wait = HeldStreams.first
    var state: State
    /// How often the connection broke off at the first parcel; 0: the broker refuses it, and the connection stays up.
    var breaks = 0
    /// The parcel was not answered even when it was alone in flight. That is never a reason to give it up.
    var isUnanswered = false
    /// How often the first parcel failed, in either way.
    var failures = 0
    /// A message of this stream waits alone, and it is not known whether the others fare better.
    var isOnTrial = false
    /// For a message that waits alone: how other messages have fared.
    var others = Others()

    /// The next try has to be alone in flight.
    var needsCare: Bool { breaks > 0 || isUnanswered || isOnTrial }
    /// The spool is to be asked for parcels of the entry.
    var isWanted: Bool {
      switch state {
      case .due, .open: true
      case .waiting, .trying: false
      }
    }
    /// The connection breaks off at the parcel, or may do so.
    var isBreaking: Bool { breaks > 0 || isOnTrial }
  }

  /// How other messages have fared since one waits alone.
  struct Others {
    var ownPassed = false
    var otherPassed = false
    /// There were messages of other streams to send.
    var otherSent = false

    /// The broker takes everything else.
    var pass: Bool { ownPassed && (otherPassed || !otherSent) }
  }

  var entries: [Key: Entry] = [:]
  /// Record size of the smallest gap that was divided, in bytes.
  var dividedSize = Int.max
  /// When several streams wait: earliest time of the next try that may break the connection.
  private var notBefore: Uptime?
  /// Held parcels from this number on have to be looked at; nil: none, or the spool is looking.
  private(set) var sweep: UInt64?

  var isEmpty: Bool { entries.isEmpty }

  /// The streams that have parcels held.
  var streams: [String] { Set(entries.values.map(\.stream)).sorted() }

  /// The entry that this parcel belongs to.
  func key(of parcel: Parcel) -> Key {
    if entries[.message(parcel.number)] != nil { return .message(parcel.number) }
    return gapKey(of: parcel) ?? .stream(parcel.stream)
  }

  func holds(_ parcel: Parcel) -> Bool { entries[key(of: parcel)] != nil }

  /// When the next try is due.
  var until: Uptime? {
    entries.values.compactMap { if case .waiting(let until) = $0.state { earliest(until, $0) } else { nil } }.min()
  }

  /// A due try has to be alone in flight.
  var needsCare: Bool {
    entries.values.contains { if case .due = $0.state { $0.needsCare } else { false } }
  }

  /// Adds a parcel to the entry that holds it.
  mutating func add(_ parcel: Parcel) {
    let key = key(of: parcel)
    guard var entry = entries[key] else { return }
    entry.first = min(entry.first, parcel.number)
    entries[key] = entry
    if entry.isWanted { look(from: parcel.number) }
  }

  /// The broker has refused the parcel. Returns how long until the next try; nil: the refusal was known.
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
    case .trying where wasProbe: entry.wait = longer(entry.wait)
    case .open where wasProbe: break
    case .waiting, .due, .trying, .open: return nil
    }
    (entry.breaks, entry.failures, entry.isUnanswered, entry.isOnTrial) = (0, 0, false, false)
    entry.state = .waiting(until: now + entry.wait)
    return entry.wait
  }

  /// The decision about a message that failed.
  enum Outcome: Hashable, Sendable {
    /// Wait this long until the next try.
    case wait(Duration)
    case giveUp
    /// The message is a gap, and may be too large: split it into smaller ones.
    case divide
  }

  /// The connection broke off at the parcel, or it was never answered (`isSilence`). Silence is no reason to give it
  /// up: the network may be to blame.
  mutating func brokeOff(at parcel: Parcel, isSilence: Bool, at now: Uptime) -> Outcome {
    let key = key(of: parcel)
    var entry = entries[key] ?? Entry(stream: parcel.stream, first: parcel.number, wait: Self.first / 2, state: .trying)
    entry.first = min(entry.first, parcel.number)
    if isSilence { entry.isUnanswered = true } else { entry.breaks += 1 }
    entry.failures += 1
    if isToBeDivided(parcel, entry) {
      entries[key] = entry
      divided(parcel, wasProbe: true, at: now)
      return .divide
    }
    let isStream = key == .stream(parcel.stream)
    let isEarly = !isSilence && isStream && entry.failures < Self.isolationLimit
    if !isEarly { entry.wait = min(entry.wait * 2, ceiling) }
    let wait = isEarly ? Self.soon * entry.failures : entry.wait
    entry.state = .waiting(until: now + wait)
    entries[key] = entry
    spaceOut(now)
    if !isStream {
      guard isToBeGivenUp(parcel, entry) else { return .wait(entry.wait) }
      entries[key] = nil
      return .giveUp
    }
    if join(entry, at: now) { return .wait(entries[key]?.wait ?? wait) }
    if entry.failures >= Self.isolationLimit { isolate(parcel, entry, at: now) }
    return .wait(wait)
  }

  func longer(_ wait: Duration) -> Duration { min(wait * 2, Self.ceiling) }

  /// The longest wait. When many streams wait, one is tried each minute, and each has its turn.
  private var ceiling: Duration { max(Self.ceiling, Self.first * entries.count) }

  private mutating func spaceOut(_ now: Uptime) {
    notBefore = Set(entries.values.filter(\.isBreaking).map(\.stream)).count > 1 ? now + Self.first : nil
  }

  private func earliest(_ until: Uptime, _ entry: Entry) -> Uptime {
    guard let notBefore, entry.needsCare, !entry.isOnTrial else { return until }
    return max(until, notBefore)
  }

  /// Only a parcel that alone breaks the connection, while others of its stream and of other streams pass. A gap is
  /// never given up.
  private func isToBeGivenUp(_ parcel: Parcel, _ entry: Entry) -> Bool {
    let isGuilty = entry.breaks >= Self.breakLimit && !entry.isUnanswered && !parcel.isGap
    guard isGuilty, entry.others.pass else { return false }
    return entries.allSatisfy { $0.key == .message(parcel.number) || !$0.value.isBreaking }
  }

  /// Lets the parcel wait alone, and tries the next one of its stream at once.
  private mutating func isolate(_ parcel: Parcel, _ entry: Entry, at now: Uptime) {
    entries[.message(parcel.number)] = entry
    entries[.stream(parcel.stream)] = Entry(
      stream: parcel.stream, first: parcel.number + 1, state: .waiting(until: now), isOnTrial: true)
  }

  /// A second message of a stream fares no better than the one that waits alone. So the broker is to blame, and the
  /// stream waits as a whole. Returns false if no message of the stream waits alone.
  private mutating func join(_ entry: Entry, at now: Uptime) -> Bool {
    let alone = entries.filter { $0.value.stream == entry.stream && $0.key.isMessage }
    guard !alone.isEmpty else { return false }
    var whole = entry
    for (key, other) in alone {
      whole.first = min(whole.first, other.first)
      whole.wait = max(whole.wait, other.wait)
      whole.breaks = max(whole.breaks, other.breaks)
      whole.failures = max(whole.failures, other.failures)
      whole.isUnanswered = whole.isUnanswered || other.isUnanswered
      entries[key] = nil
    }
    whole.isOnTrial = false
    whole.state = .waiting(until: now + whole.wait)
    entries[.stream(entry.stream)] = whole
    return true
  }

  /// A connection has ended at something other than a message known to break it, so earlier breaks may have been the
  /// network's fault. A message is isolated, and given up, only after more breaks in a row with none elsewhere between
  /// them.
  mutating func exonerate() {
    for (key, entry) in entries {
      entries[key]?.breaks = min(entry.breaks, 1)
      entries[key]?.failures = min(entry.failures, 1)
    }
  }

  /// Whether the connection has broken off at this parcel, or at its stream, before.
  func isBreaking(_ parcel: Parcel) -> Bool { entries[key(of: parcel)]?.isBreaking ?? false }

  /// Whether this parcel, or the first of its stream, has not been answered before, and was tried again.
  func isUnanswered(_ parcel: Parcel) -> Bool {
    guard let entry = entries[key(of: parcel)], case .trying = entry.state else { return false }
    return entry.isUnanswered
  }

  /// A parcel is ready to be sent.
  mutating func sent(_ parcel: Parcel) { note { if $0.stream != parcel.stream { $0.others.otherSent = true } } }

  /// The broker has accepted a parcel.
  mutating func passed(_ parcel: Parcel) {
    note { if $0.stream == parcel.stream { $0.others.ownPassed = true } else { $0.others.otherPassed = true } }
  }

  private mutating func note(_ change: (inout Entry) -> Void) {
    for key in entries.keys where key.isMessage {
      guard var entry = entries[key] else { continue }
      change(&entry)
      entries[key] = entry
    }
  }

  /// The parcel that was tried has been accepted.
  mutating func accepted(_ parcel: Parcel, at now: Uptime) {
    let key = key(of: parcel)
    guard let entry = entries[key], case .trying = entry.state else { return }
    if entry.isBreaking { hurry(at: now) }
    if key.isOne {
      entries[key] = nil
    } else {
      entries[key] = Entry(stream: entry.stream, first: entry.first, state: .open)
      look(from: entry.first)
    }
  }

  /// The broker has accepted a parcel that it broke off at before: it may accept the other streams too.
  private mutating func hurry(at now: Uptime) {
    notBefore = nil
    for (key, entry) in entries where !key.isMessage && entry.isBreaking {
      if case .waiting = entry.state { entries[key]?.state = .waiting(until: now) }
    }
  }

  /// The parcel that was tried is tried again later.
  mutating func postponed(_ parcel: Parcel, until moment: Uptime) {
    let key = key(of: parcel)
    if case .trying? = entries[key]?.state { entries[key]?.state = .waiting(until: moment) }
  }

  /// The broker may have other rules on a new connection.
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

  /// Makes due the entries whose wait has ended.
  mutating func wake(at now: Uptime) {
    for (key, entry) in entries {
      guard case .waiting(let until) = entry.state, earliest(until, entry) <= now else { continue }
      entries[key]?.state = .due
      look(from: entry.first)
    }
  }

  /// Whether to send a parcel that the spool has given; otherwise it is held again.
  mutating func sends(_ parcel: Parcel) -> Bool {
    let key = key(of: parcel)
    switch entries[key]?.state {
    case .waiting, .trying: return false
    case .due: entries[key]?.state = .trying
    case .open, nil: break
    }
    entries[key]?.first = parcel.number + (key.isOne ? 0 : 1)
    return true
  }

  /// The disk cannot read the next held parcel now. It may do so later, or the parcel is then known to be lost.
  mutating func cutShort(at now: Uptime) {
    sweep = nil
    for (key, entry) in entries where entry.isWanted {
      entries[key]?.state = .waiting(until: now + Self.first / 2)
    }
  }

  /// The spool is about to look, from the number that `sweep` was.
  mutating func beginSweep() { sweep = nil }

  /// The spool's answer came to nothing: it is asked again.
  mutating func repeatSweep() { for entry in entries.values where entry.isWanted { look(from: entry.first) } }

  /// The held parcels have been looked at up to this number; nil: all of them. Meanwhile other parcels may have become
  /// free, in front of the place where the spool began.
  mutating func swept(to number: UInt64?) {
    let wanted = entries.filter(\.value.isWanted)
    if let number {
      if !wanted.isEmpty { look(from: number + 1) }
    } else if sweep == nil {
      // Nothing of these entries is left.
      for key in wanted.keys { entries[key] = nil }
    }
  }

  private mutating func look(from number: UInt64) { sweep = min(sweep ?? number, number) }
}
