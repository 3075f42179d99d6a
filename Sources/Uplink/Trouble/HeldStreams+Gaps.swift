import Telemetry

/// Gaps: what tells of a loss is never given up. One that the broker does not take because of its size is divided, again and
/// again, until its parts fit. What cannot be divided waits by itself, and nothing waits for it.
extension HeldStreams {
  /// When the connection has broken off so often at a gap that can be divided, or it was not answered, its size may be why.
  private static let divisionLimit = 2
  /// Beyond so many all gaps wait when one does. Each that waits by itself takes memory, and a broker may take none.
  private static let gapLimit = 64

  /// Where this one waits, if it is a gap and waits as such.
  func gapKey(of parcel: Parcel) -> Key? {
    guard parcel.isGap else { return nil }
    if entries[.gap(parcel.number)] != nil { return .gap(parcel.number) }
    return entries[.gaps] != nil ? .gaps : nil
  }

  func isToBeDivided(_ parcel: Parcel, _ entry: Entry) -> Bool {
    parcel.isDivisible && entry.failures >= Self.divisionLimit
  }

  /// One of this size was divided: nobody need find out again that it does not pass.
  func isTooLarge(_ parcel: Parcel) -> Bool { parcel.record.count >= dividedSize && parcel.isDivisible }

  /// Its parts come later. If it was tried for its stream, what else is held of that is tried soon.
  mutating func divided(_ gap: Parcel, wasProbe: Bool, at now: Uptime) {
    dividedSize = min(dividedSize, gap.record.count)
    let key = key(of: gap)
    if key.isOne { entries[key] = nil }
    guard wasProbe, var entry = entries[key] else { return }
    (entry.breaks, entry.failures, entry.wait) = (min(entry.breaks, 1), 0, Self.first / 2)
    if case .open = entry.state {} else { entry.state = .waiting(until: now + Self.soon) }
    entries[key] = entry
  }

  /// The broker will never take it, as it says, and it cannot be divided. Returns how long until the next try.
  mutating func refused(_ gap: Parcel, wasProbe: Bool, at now: Uptime) -> Duration {
    let known = key(of: gap)
    let own = entries.keys.count { if case .gap = $0 { true } else { false } }
    let key: Key = known == .gap(gap.number) || own < Self.gapLimit ? .gap(gap.number) : .gaps
    // For what it was tried for this was an answer.
    if wasProbe, known != key { accepted(gap, at: now) }
    var entry = entries[key] ?? Entry(stream: gap.stream, first: gap.number, state: .trying)
    entry.first = min(entry.first, gap.number)
    if known == key { entry.wait = longer(entry.wait) }
    entry.state = .waiting(until: now + entry.wait)
    entries[key] = entry
    return entry.wait
  }
}
