import Telemetry
import Testing

@testable import Gateway

@Suite("A buffer that takes long to open") struct OpeningWatchTests {
  private let begin = Uptime(nanoseconds: 100_000_000_000)

  private func after(_ seconds: Int) -> Uptime { begin + .seconds(seconds) }

  @Test(
    "While blocks are read, systemd is asked for patience; when none are, it is told once, and again after progress")
  func watch() {
    var watch = OpeningWatch(at: begin)
    #expect(watch.look(0, at: after(5)) == .wait)
    #expect(watch.look(7, at: after(10)) == .tellProgress(read: 7))
    #expect(watch.look(7, at: after(25)) == .wait)
    #expect(watch.look(7, at: after(30)) == .tellHang)
    #expect(watch.look(7, at: after(60)) == .wait)
    #expect(watch.look(8, at: after(65)) == .tellProgress(read: 8))
    #expect(watch.look(8, at: after(85)) == .tellHang)
  }

  @Test("systemd waits longer than it takes until a disk counts as one that hangs") func patience() {
    #expect(OpeningWatch.patience > OpeningWatch.limit + OpeningWatch.pause)
  }
}
