import Spool
import Telemetry
import Testing

@testable import Gateway

@Suite("How old a waiting reading is")
struct AgeLimitTests {
  private static let today: Int64 = 1_800_000_000
  private static let day: Int64 = 86_400

  private static func stamp(uptime: Int64, wall: Int64, boot: BootID = BootID(7), synced: Bool = true) -> Stamp {
    Stamp(
      boot: boot, uptime: Uptime(nanoseconds: uptime * 1_000_000_000),
      wall: WallTime(nanoseconds: wall * 1_000_000_000), synced: synced)
  }

  /// With a limit of thirty days.
  private func isExpired(_ taken: Stamp, now: Stamp) -> Bool {
    let ledger = GapReporter(
      maximumAge: .seconds(30 * Self.day), clock: { now },
      name: { Identity(sensor: Event.stream, epoch: $0, sequence: 1) }, unname: { _ in })
    let reading = Reading(
      identity: Identity(sensor: "a", epoch: 1, sequence: 1), time: taken,
      quantities: [.temperature(Temperature(millicelsius: 1))], quality: .good)
    return ledger.isExpired(ReportCoder.encode(.reading(reading)))
  }

  @Test(
    "Within one boot a wrong answer of a time server ages nothing, before or after the sample",
    arguments: [(today, today + 730 * day), (today - 2_920 * day, today), (today, today - day)], [true, false])
  func steppedClock(_ walls: (taken: Int64, now: Int64), _ isSynced: Bool) {
    let taken = Self.stamp(uptime: 100, wall: walls.taken, synced: isSynced)
    #expect(!isExpired(taken, now: Self.stamp(uptime: 110, wall: walls.now)))
    #expect(!isExpired(taken, now: Self.stamp(uptime: 100 + 30 * Self.day, wall: walls.now)))
    #expect(isExpired(taken, now: Self.stamp(uptime: 101 + 30 * Self.day, wall: walls.now)))
    // Nor does it matter whether the clock is right now.
    #expect(isExpired(taken, now: Self.stamp(uptime: 101 + 30 * Self.day, wall: walls.now, synced: false)))
  }

  @Test("Of another boot, or one that the kernel did not name, the wall clock says the age, if it was and is right")
  func otherBoot() {
    let later = Self.today + 31 * Self.day
    for boot in [BootID(8), .unknown] {
      let taken = Self.stamp(uptime: 100, wall: Self.today, boot: boot)
      let now = Self.stamp(uptime: 10, wall: later, boot: boot == .unknown ? .unknown : BootID(7))
      #expect(isExpired(taken, now: now))
      #expect(!isExpired(taken, now: Self.stamp(uptime: 10, wall: later - 2 * Self.day, boot: now.boot)))
      #expect(!isExpired(taken, now: Self.stamp(uptime: 10, wall: later, boot: now.boot, synced: false)))
      let unsynced = Self.stamp(uptime: 100, wall: Self.today, boot: boot, synced: false)
      #expect(!isExpired(unsynced, now: now))
    }
  }

  @Test("A time of a record that no clock can have had does not trap")
  func extremes() {
    for uptime in [Int64.min, .max] {
      let taken = Stamp(
        boot: BootID(7), uptime: Uptime(nanoseconds: uptime), wall: WallTime(nanoseconds: uptime), synced: true)
      for boot in [BootID(7), BootID(8)] {
        #expect(!isExpired(taken, now: Self.stamp(uptime: 5, wall: 5, boot: boot)))
      }
    }
  }
}
