import Telemetry

/// Whether what is in RAM is being delivered. Then the disk has nothing to do before `durableAfter`: what is acknowledged in
/// time costs no byte on it, however many records that are. A value: the connection and acknowledgements go in.
struct Outflow: Sendable {
  /// When something was last acknowledged, or else when the connection began; nil: there is none.
  private var movedAt: Uptime?

  mutating func begin(at now: Uptime) { movedAt = now }
  mutating func end() { movedAt = nil }
  mutating func acknowledged(at now: Uptime) { if movedAt != nil { movedAt = now } }

  /// A connection on which nothing is acknowledged for `patience` delivers nothing.
  func goesOn(at now: Uptime, patience: Duration) -> Bool { movedAt.map { now - $0 <= patience } ?? false }
}

extension Ring {
  /// So many bytes in RAM are written at once, whatever their age.
  private func writeLimit(now: Uptime) -> Int {
    guard outflow.goesOn(at: now, patience: options.durableAfter) else { return options.writeAt }
    // There must be room for them on the disk, and for what is there.
    return max(options.writeAt, min(options.degradedLimit, Int(clamping: options.capacity / 4)))
  }

  /// What RAM cannot keep goes to the disk in full blocks.
  mutating func relieveRAM(now: Uptime) {
    if ram.size >= writeLimit(now: now) { commit(upTo: ram.fullBlocksEnd(), now: now) }
  }

  /// The connection to the broker has begun, or ended. Without one, nothing that came while it lasted waits any longer than
  /// what comes now.
  mutating func link(isUp: Bool, now: Uptime) {
    guard !isUp else { return outflow.begin(at: now) }
    outflow.end()
    beginCall()
    if degraded == nil, !isStalled(now: now), ram.size >= options.writeAt { commit(upTo: ram.end, now: now) }
    settleLosses(now: now)
  }
}
