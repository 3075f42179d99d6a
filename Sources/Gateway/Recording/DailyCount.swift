import Telemetry

/// Growth of a total since midnight UTC, or since the total was 0.
struct DailyCount: Sendable {
  private var day: Int64?
  private var before: Int64 = 0
  private var latest: Int64 = 0

  /// Call this often enough that midnight is not missed by much.
  mutating func count(_ total: Int64, at wall: WallTime) -> Int64 {
    let today = wall.nanoseconds / 86_400_000_000_000
    if let day, day != today { before = latest }
    day = today
    latest = total
    return total - before
  }
}
