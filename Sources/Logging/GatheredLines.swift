import Telemetry

/// Lines that wait to be written together, because each write wears a flash, and when that is. A value: lines and the time go
/// in, bytes come out.
struct GatheredLines: Sendable {
  /// How long a line may wait: what a power cut takes.
  static let patience = Duration.seconds(300)
  /// An error may wait for the next line that belongs to it.
  static let haste = Duration.seconds(1)
  /// So many bytes need not wait longer.
  static let enough = 4 << 10
  /// Between two writes, however many errors come; and before a failed one is tried again.
  static let pause = Duration.seconds(10)
  /// While they cannot be written, more bytes than these are not kept.
  static let capacity = 32 << 10

  /// What is written at once.
  struct Batch: Hashable, Sendable {
    fileprivate(set) var lines: [UInt8] = []
    /// For which there was no room.
    fileprivate(set) var missing = 0
    /// It is worth waiting until it is on the disk.
    fileprivate(set) var hasError = false

    var bytes: [UInt8] {
      missing == 0 ? lines : lines + "-- \(counted(missing, "line")) dropped here: there was no room\n".utf8
    }
  }

  private var batch = Batch()
  private var earliest: Uptime?
  /// When they should be written; nil: nothing waits.
  private(set) var due: Uptime?

  mutating func add(_ line: String, _ level: LogLevel, at now: Uptime) {
    guard batch.lines.count + line.utf8.count < Self.capacity else {
      batch.missing += 1
      return
    }
    batch.lines += line.utf8
    batch.lines.append(UInt8(ascii: "\n"))
    batch.hasError = batch.hasError || level == .error
    let wait = batch.hasError || batch.lines.count >= Self.enough ? Self.haste : Self.patience
    let wanted = max(now + wait, earliest ?? now)
    due = min(due ?? wanted, wanted)
  }

  mutating func take(at now: Uptime) -> Batch {
    defer {
      (batch, due) = (Batch(), nil)
      earliest = now + Self.pause
    }
    return batch
  }

  /// It could not be written: it stands before what has come since, of which as much is kept as there is room for.
  mutating func putBack(_ failed: Batch, at now: Uptime) {
    let lineEnd = UInt8(ascii: "\n")
    let room = batch.lines.prefix(max(0, Self.capacity - failed.lines.count))
    let kept = room.count == batch.lines.count ? room : room[..<(room.lastIndex(of: lineEnd).map { $0 + 1 } ?? 0)]
    let dropped = batch.lines[kept.count...].filter { $0 == lineEnd }.count
    batch.lines = failed.lines + kept
    batch.missing += failed.missing + dropped
    batch.hasError = batch.hasError || failed.hasError
    earliest = now + Self.pause
    due = earliest
  }
}
