import Telemetry

/// The rate at which records arrive, over the last five to ten minutes.
struct IntakeRate {
  private struct Window {
    var begin: Uptime
    var records = 0
    var bytes = 0
  }

  private static let length = Duration.seconds(300)

  private var current: Window
  private var previous: Window?

  init(now: Uptime) { current = Window(begin: now) }

  mutating func add(_ size: Int, now: Uptime) {
    if now - current.begin >= Self.length {
      previous = current
      current = Window(begin: now)
    }
    current.records += 1
    current.bytes += size
  }

  /// Slots per second that would be used if nothing were acknowledged. Nil while too little is known.
  func slotsPerSecond(now: Uptime, durableAfter: Duration) -> Double? {
    let begin = previous?.begin ?? current.begin
    let seconds = (now - begin) / .seconds(1)
    let records = current.records + (previous?.records ?? 0)
    guard seconds >= 60, records > 0 else { return nil }
    let bytes = current.bytes + (previous?.bytes ?? 0)
    let full = Double(bytes) / Double(Block.capacity) / seconds
    let writes = min(Double(records) / seconds, 1 / (durableAfter / .seconds(1)))
    // A block that is filled in several writes alternates between two slots, and in half of all cases leaves one
    // unused.
    return min(max(full, writes), 1.5 * full)
  }
}
