import Telemetry
import Testing

@testable import Gateway

@Suite struct DailyCountTests {
  private func wall(day: Int64, hour: Int64) -> WallTime {
    WallTime(nanoseconds: (day * 24 + hour) * 3_600_000_000_000)
  }

  @Test("It counts from the first call, and begins anew at midnight UTC with what came since the last call before")
  func days() {
    var count = DailyCount()
    #expect(count.count(100, at: wall(day: 20_000, hour: 10)) == 100)
    #expect(count.count(150, at: wall(day: 20_000, hour: 23)) == 150)
    #expect(count.count(170, at: wall(day: 20_001, hour: 0)) == 20)
    #expect(count.count(170, at: wall(day: 20_001, hour: 12)) == 20)
    #expect(count.count(171, at: wall(day: 20_004, hour: 12)) == 1)
  }

  @Test("A clock that is set back or forth begins a new day and no negative count")
  func steps() {
    var count = DailyCount()
    #expect(count.count(5, at: wall(day: 0, hour: 0)) == 5)
    #expect(count.count(9, at: wall(day: 20_000, hour: 0)) == 4)
    #expect(count.count(9, at: wall(day: 19_999, hour: 0)) == 0)
  }
}
