import Foundation
import Telemetry
import Testing

@Suite("Times")
struct TimeTests {
  @Test(
    "Known moments in RFC 3339",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
      (1_763_874_062_123_999_999, "2025-11-23T05:01:02.123Z"),
      (4_107_542_399_999_000_000, "2100-02-28T23:59:59.999Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
    ])
  func known(_ nanoseconds: Int64, _ text: String) {
    #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
  }

  @Test("Every day from 1901 to 2199 agrees with Foundation's calendar")
  func everyDay() {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    for day in stride(from: -25_200, to: 84_000, by: 1) {
      let seconds = Int64(day) * 86_400 + 43_210
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(WallTime(nanoseconds: seconds * 1_000_000_000).rfc3339 == expected)
    }
  }

  static func stamp(boot: UInt64 = 1, uptime: Int64, wall: Int64, synced: Bool) -> Stamp {
    Stamp(
      boot: BootID(boot), uptime: Uptime(nanoseconds: uptime), wall: WallTime(nanoseconds: wall), synced: synced)
  }

  @Test("A synchronised time is published as it is, whatever the clock says now")
  func synced() {
    let correction = ClockCorrection(now: Self.stamp(uptime: 900, wall: 77, synced: false))
    let (wall, quality) = correction.resolve(Self.stamp(uptime: 100, wall: 5_000, synced: true))
    #expect(wall == WallTime(nanoseconds: 5_000))
    #expect(quality == .synced)
  }

  @Test("An unsynchronised time of this boot is corrected by the time since then")
  func corrected() {
    let correction = ClockCorrection(now: Self.stamp(uptime: 900, wall: 1_000_000, synced: true))
    let (wall, quality) = correction.resolve(Self.stamp(uptime: 100, wall: 3, synced: false))
    #expect(wall == WallTime(nanoseconds: 999_200))
    #expect(quality == .corrected)
  }

  @Test("An unsynchronised time of another boot stays as it was, and says so")
  func otherBoot() {
    let correction = ClockCorrection(now: Self.stamp(boot: 2, uptime: 900, wall: 1_000_000, synced: true))
    let (wall, quality) = correction.resolve(Self.stamp(uptime: 100, wall: 3, synced: false))
    #expect(wall == WallTime(nanoseconds: 3))
    #expect(quality == .unsynced)
  }

  @Test("A boot that nobody knows is no boot to correct by")
  func unknownBoot() {
    func stamp(_ wall: Int64, synced: Bool) -> Stamp {
      Stamp(
        boot: .unknown, uptime: Uptime(nanoseconds: 5), wall: WallTime(nanoseconds: wall), synced: synced)
    }
    let correction = ClockCorrection(now: stamp(1_000, synced: true))
    #expect(correction.resolve(stamp(3, synced: false)).quality == .unsynced)
  }

  @Test("A stamp too far away to be true is not corrected", arguments: [Int64.min, .max])
  func farAway(uptime: Int64) {
    let correction = ClockCorrection(now: Self.stamp(uptime: 1_000, wall: .max, synced: true))
    let stamp = Self.stamp(uptime: uptime, wall: 3, synced: false)
    #expect(uptime > 0 || correction.resolve(stamp).quality == .unsynced)
    #expect(
      uptime < 0 || correction.resolve(stamp).wall.nanoseconds != 3 || correction.resolve(stamp).quality == .unsynced)
  }

  @Test("While the clock is not synchronised nothing is corrected")
  func unsynced() {
    let correction = ClockCorrection(now: Self.stamp(uptime: 900, wall: 1_000_000, synced: false))
    #expect(correction.resolve(Self.stamp(uptime: 100, wall: 3, synced: false)).quality == .unsynced)
  }

  @Test("Durations beyond 292 years are saturated")
  func saturation() {
    #expect(Duration.seconds(Int64.max).nanoseconds == .max)
    #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    #expect(Duration.milliseconds(-1).nanoseconds == -1_000_000)
  }
}

@Suite("Numbers as text")
struct DecimalTests {
  @Test(
    "No exponent, no trailing zeros, no rounding",
    arguments: [
      (Int64(0), "0"), (21_500_000, "21.5"), (-10_250_000, "-10.25"), (7_813, "0.007813"), (-1, "-0.000001"),
      (85_000_000, "85"), (-500_000, "-0.5"), (Int64.max, "9223372036854.775807"),
      (Int64.min, "-9223372036854.775808"),
    ])
  func decimals(_ micros: Int64, _ text: String) {
    #expect(decimal(micros: micros) == text)
  }
}
