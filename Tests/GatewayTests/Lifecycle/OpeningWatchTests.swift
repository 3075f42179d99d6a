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

  /// `DefaultTimeoutStartSec`.
  private static let usualPatience = 90

  /// A look at each file and a read of each segment; or a dead region, where each read takes a card half a minute and fails.
  @Test(
    "8 GiB at 1.5 ms an access, 64 GiB, and reads that fail after 30 s: systemd's patience never ends before the opening",
    arguments: [(1.5, 2 * 32_768), (1.5, 2 * 262_144), (30_000, 64)])
  func withinPatience(milliseconds: Double, accesses: Int) {
    var watch = OpeningWatch(at: begin)
    var (seconds, deadline) = (0, Self.usualPatience)
    while Double(seconds) * 1_000 < milliseconds * Double(accesses) {
      seconds += 5
      #expect(seconds < deadline)
      let done = Int(Double(seconds) * 1_000 / milliseconds)
      if case .tellProgress = watch.look(done, at: after(seconds)) {
        deadline = seconds + Int(OpeningWatch.patience / .seconds(1))
      }
    }
  }

  @Test("systemd waits longer than it takes until a disk counts as one that hangs") func patience() {
    #expect(OpeningWatch.patience > OpeningWatch.limit + OpeningWatch.pause)
  }
}
