import Telemetry

/// Gaps, which report losses, are never given up. A gap that the broker does not take because of its size is divided,
/// again and again, until its parts fit. A gap that cannot be divided waits alone, and nothing waits for it.
extension HeldStreams {
  /// When a divisible gap has failed this often, by a break or without an answer, its size may be the reason.
  private static let divisionLimit = 2
  /// With more refused gaps than this, all gaps wait when one does. Each one that waits alone takes memory, and a
  /// broker may take none.
  private static let gapLimit = 64

  /// The entry of this parcel, if it is a gap and waits as such.
  func gapKey(of parcel: Parcel) -> Key? {
    guard parcel.isGap else { return nil }
    if entries[.gap(parcel.number)] != nil { return .gap(parcel.number) }
    return entries[.gaps] != nil ? .gaps : nil
  }

  func isToBeDivided(_ parcel: Parcel, _ entry: Entry) -> Bool {
    parcel.isDivisible && entry.failures >= Self.divisionLimit
  }

  /// A gap of this size was divided before, so there is no need to find out again that it does not pass.
  func isTooLarge(_ parcel: Parcel) -> Bool { parcel.record.count >= dividedSize && parcel.isDivisible }

  /// The gap is replaced by its parts, which come later. If it was tried on behalf of its stream, the rest that is held
  /// of the stream is tried soon.
  mutating func divided(_ gap: Parcel, wasProbe: Bool, at now: Uptime) {
    dividedSize = min(dividedSize, gap.record.count)
    let key = key(of: gap)
    if key.isOne { entries[key] = nil }
    guard wasProbe, var entry = entries[key] else { return }
    (entry.breaks, entry.failures, entry.wait) = (min(entry.breaks, 1), 0, Self.first / 2)
    if case .open = entry.state {} else { entry.state = .waiting(until: now + Self.soon) }
    entries[key] = entry
  }

  /// The broker says that it will never take this gap, and its size is not the reason or it cannot be divided. Returns
  /// how long until the next try.
  mutating func refused(_ gap: Parcel, wasProbe: Bool, at now: Uptime) -> Duration {
    let known = key(of: gap)
    let own = entries.keys.count { if case .gap = $0 { true } else { false } }
    let key: Key = known == .gap(gap.number) || own < Self.gapLimit ? .gap(gap.number) : .gaps
    // The entry on whose behalf it was tried has its answer.
    if wasProbe, known != key { accepted(gap, at: now) }
    var entry = entries[key] ?? Entry(stream: gap.stream, first: gap.number, state: .trying)
    entry.first = min(entry.first, gap.number)
    if known == key { entry.wait = longer(entry.wait) }
    entry.state = .waiting(until: now + entry.wait)
    entries[key] = entry
    return entry.wait
  }
}
