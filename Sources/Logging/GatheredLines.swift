import Telemetry

/// Lines that wait to be written together, because each write wears the flash, and the time of the next write. A value:
/// lines and the time go in, bytes come out.
struct GatheredLines: Sendable {
  /// How long a line may wait. A power cut loses the lines of this time.
  static let patience = Duration.seconds(300)
  /// How long an error waits, so that the lines that belong to it go with it.
  static let haste = Duration.seconds(1)
  /// From this many bytes on, lines are written without further delay.
  static let enough = 4 << 10
  /// Minimum time between two writes, however many errors come, and before a failed write is tried again.
  static let pause = Duration.seconds(10)
  /// Limit on the bytes kept while they cannot be written.
  static let capacity = 32 << 10

  /// The lines of one write.
  struct Batch: Hashable, Sendable {
    fileprivate(set) var lines: [UInt8] = []
    /// Number of lines that had no room.
    fileprivate(set) var missing = 0
    /// The batch has an error, which is worth waiting until it is on the disk.
    fileprivate(set) var hasError = false

    var bytes: [UInt8] {
      missing == 0 ? lines : lines + "-- \(counted(missing, "line")) dropped here: there was no room\n".utf8
    }
  }

  private var batch = Batch()
  private var earliest: Uptime?
  /// When the lines should be written; nil: nothing waits.
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

  /// Takes back a batch that could not be written. It goes before the lines that have come since, of which as many are
  /// kept as there is room for.
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
