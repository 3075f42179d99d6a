import Telemetry

/// How fast records come in, by the last five to ten minutes.
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

  /// Blocks that would be written in a second if nothing were acknowledged: full ones when records come fast, one for
  /// each `durableAfter`, or for each record, when they come slowly. Nil while too little is known.
  func blocksPerSecond(now: Uptime, durableAfter: Duration) -> Double? {
    let begin = previous?.begin ?? current.begin
    let seconds = (now - begin) / .seconds(1)
    let records = current.records + (previous?.records ?? 0)
    guard seconds >= 60, records > 0 else { return nil }
    let bytes = current.bytes + (previous?.bytes ?? 0)
    let full = Double(bytes) / Double(Block.capacity) / seconds
    let started = min(Double(records) / seconds, 1 / (durableAfter / .seconds(1)))
    return max(full, started)
  }
}
