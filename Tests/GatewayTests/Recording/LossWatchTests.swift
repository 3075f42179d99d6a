import Telemetry
import Testing

@testable import Gateway

@Suite struct LossWatchTests {
  private func minute(_ minutes: Int64) -> Uptime { Uptime(nanoseconds: minutes * 60_000_000_000) }

  @Test("A loss counts for an hour from the last one on, and a sum that stays is history")
  func hour() {
    var watch = LossWatch()
    watch.look(0, at: minute(0))
    #expect(!watch.isLosing(at: minute(0)))
    watch.look(5, at: minute(10))
    watch.look(5, at: minute(30))
    #expect(watch.isLosing(at: minute(69)))
    watch.look(6, at: minute(69))
    watch.look(6, at: minute(100))
    #expect(watch.isLosing(at: minute(128)))
    #expect(!watch.isLosing(at: minute(129)))
  }

  @Test("What was lost while the buffer was opened counts too")
  func opening() {
    var watch = LossWatch()
    watch.look(13, at: minute(1))
    #expect(watch.isLosing(at: minute(1)))
  }
}
