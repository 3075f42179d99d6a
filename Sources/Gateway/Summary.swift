import Telemetry

/// What came and went since the last summary. A value: counts go in, a line comes out.
struct Summary: Sendable {
  /// Of the buffer, since it was made or since the start; they only grow, but for `waiting`.
  struct Totals: Hashable, Sendable {
    var taken: UInt64 = 0
    var delivered: UInt64 = 0
    /// Evicted, refused, expired, lost, rejected.
    var lost: UInt64 = 0
    var waiting: UInt64 = 0
    var bytesWritten: UInt64 = 0
    /// To the log's own file; begins anew when that is another one.
    var bytesLogged: UInt64 = 0
  }

  private var last: Totals
  private var since: Uptime
  private var faults = 0
  private var connections = 0

  init(_ totals: Totals, at now: Uptime) {
    last = totals
    since = now
  }

  mutating func faultBegan() { faults += 1 }
  mutating func connected() { connections += 1 }

  /// Ends the time that is summed up, and begins the next.
  mutating func line(_ now: Totals, at time: Uptime) -> String {
    defer { self = Summary(now, at: time) }
    let flow = "\(now.taken - last.taken) taken, \(now.delivered - last.delivered) delivered"
    let rest = "\(now.lost - last.lost) lost, \(now.waiting) waiting"
    let events = "\(counted(faults, "sensor fault")), \(counted(connections, "connection")) made"
    let written = counted(now.bytesWritten - last.bytesWritten, "byte")
    let logged = now.bytesLogged - min(last.bytesLogged, now.bytesLogged)
    let log = logged == 0 ? "" : ", \(logged) to the log's file"
    return "in \(brief(time - since)): \(flow), \(rest); \(events); \(written) written to the buffer's disk\(log)"
  }
}
