import Telemetry

/// Counts since the last summary. A value: totals go in, a line comes out.
struct Summary: Sendable {
  /// Totals of the buffer, since it was made or since the start. All but `waiting` grow. A total may shrink when a
  /// damaged disk makes the buffer count from the start again.
  struct Totals: Hashable, Sendable {
    var taken: UInt64 = 0
    var delivered: UInt64 = 0
    /// Records evicted, refused, expired, lost or rejected.
    var lost: UInt64 = 0
    var waiting: UInt64 = 0
    var bytesWritten: UInt64 = 0
    /// Bytes written to the log's own file. The count starts again when the file is another one.
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

  /// Ends the period of this summary, and begins the next.
  mutating func line(_ now: Totals, at time: Uptime) -> String {
    defer { self = Summary(now, at: time) }
    func grown(_ total: KeyPath<Totals, UInt64>) -> UInt64 {
      now[keyPath: total] - min(last[keyPath: total], now[keyPath: total])
    }
    let flow = "\(grown(\.taken)) taken, \(grown(\.delivered)) delivered"
    let rest = "\(grown(\.lost)) lost, \(now.waiting) waiting"
    let events = "\(counted(faults, "sensor fault")), \(counted(connections, "connection")) made"
    let written = counted(grown(\.bytesWritten), "byte")
    let logged = grown(\.bytesLogged)
    let log = logged == 0 ? "" : ", \(logged) to the log's file"
    return "in \(brief(time - since)): \(flow), \(rest); \(events); \(written) written to the buffer's disk\(log)"
  }
}
