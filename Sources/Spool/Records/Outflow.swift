import Telemetry

/// Tracks whether the records in RAM are being delivered. While they are, the disk need not be written before
/// `durableAfter`: records that are acknowledged in time cost no byte on it, however many there are. A value without a
/// clock, fed with connection events and acknowledgements.
struct Outflow: Sendable {
  /// Time of the last acknowledgement, or else when the connection began; nil means that there is no connection.
  private var movedAt: Uptime?

  mutating func begin(at now: Uptime) { movedAt = now }
  mutating func end() { movedAt = nil }
  mutating func acknowledged(at now: Uptime) { if movedAt != nil { movedAt = now } }

  /// A connection without an acknowledgement for `patience` counts as delivering nothing.
  func goesOn(at now: Uptime, patience: Duration) -> Bool { movedAt.map { now - $0 <= patience } ?? false }
}

extension Ring {
  /// When RAM holds this many bytes, they are written at once, whatever their age.
  private func writeLimit(now: Uptime) -> Int {
    guard outflow.goesOn(at: now, patience: options.durableAfter) else { return options.writeAt }
    // The disk must have room for them and for what it already holds.
    return max(options.writeAt, min(options.degradedLimit, Int(clamping: options.capacity / 4)))
  }

  /// Moves records that RAM cannot keep to the disk, in full blocks.
  mutating func relieveRAM(now: Uptime) {
    if ram.size >= writeLimit(now: now) { commit(upTo: ram.fullBlocksEnd(), now: now) }
  }

  /// Tells that the connection to the broker has begun or ended. When it ends, the write limit drops to `writeAt`, and
  /// records that arrived during the connection must not wait longer than new ones.
  mutating func link(isUp: Bool, now: Uptime) {
    guard !isUp else { return outflow.begin(at: now) }
    outflow.end()
    beginCall()
    if degraded == nil, !isStalled(now: now), ram.size >= options.writeAt { commit(upTo: ram.end, now: now) }
    settleLosses(now: now)
  }
}
