import Drivers
import Sampling
import Telemetry
import Testing

@Suite("The grid of a bus")
struct GridTests {
  private func at(_ milliseconds: Int64) -> Uptime { Uptime(nanoseconds: milliseconds * 1_000_000) }

  @Test("The first samples are due at the start, the next on the multiples of the interval since boot")
  func alignment() {
    var grid = Grid(intervals: [.seconds(1), .seconds(10)], start: at(12_345))
    #expect(grid.next == at(12_345))
    #expect(grid.takeDue(at: at(12_346)) == [0, 1])
    #expect(grid.next == at(13_000))
    #expect(grid.takeDue(at: at(13_000)) == [0])
    for second in 14...19 { #expect(grid.takeDue(at: at(Int64(second) * 1_000)) == [0]) }
    #expect(grid.takeDue(at: at(20_000)) == [0, 1])
  }

  @Test("The second sample does not follow on the heels of the first")
  func secondSample() {
    var grid = Grid(intervals: [.seconds(10)], start: at(19_990))
    _ = grid.takeDue(at: at(19_990))
    #expect(grid.next == at(30_000))
  }

  @Test("Nothing is due early")
  func early() {
    var grid = Grid(intervals: [.seconds(1)], start: at(1_000))
    #expect(grid.takeDue(at: at(999)) == [])
    _ = grid.takeDue(at: at(1_000))
    #expect(grid.takeDue(at: at(1_999)) == [])
  }

  @Test("Slots that were missed are left out, not made up for")
  func missed() {
    var grid = Grid(intervals: [.seconds(1)], start: at(1_000))
    #expect(grid.takeDue(at: at(7_400)) == [0])
    #expect(grid.next == at(8_000))
  }

  @Test("Two grids that started apart fall together", arguments: [Int64(1), 333, 999])
  func coalescing(_ offset: Int64) {
    var first = Grid(intervals: [.seconds(5)], start: at(20_000))
    var second = Grid(intervals: [.seconds(5)], start: at(20_000 + offset))
    _ = first.takeDue(at: at(20_000))
    _ = second.takeDue(at: at(20_000 + offset))
    #expect(first.next == second.next)
  }

  @Test("A changed interval counts from now, on the multiples of the new one, and leaves the others alone")
  func changed() {
    var grid = Grid(intervals: [.seconds(3_600), .seconds(10)], start: at(1_000))
    _ = grid.takeDue(at: at(1_000))
    grid.set(0, interval: .seconds(5), at: at(12_000))
    #expect(grid.takeDue(at: at(14_999)) == [1])
    #expect(grid.takeDue(at: at(15_000)) == [0])
    #expect(grid.next == at(20_000))
    grid.set(0, interval: .seconds(3_600), at: at(16_000))
    #expect(grid.takeDue(at: at(20_000)) == [1])
    #expect(grid.next == at(30_000))
  }

  @Test("However often the interval is changed, the sensor is not due sooner than half of it later")
  func changedOften() {
    var grid = Grid(intervals: [.seconds(10)], start: at(0))
    _ = grid.takeDue(at: at(0))
    for moment in stride(from: Int64(0), to: 100_000, by: 700) {
      grid.set(0, interval: .seconds(2), at: at(moment))
      #expect(grid.takeDue(at: at(moment + 999)) == [])
    }
  }

  @Test("A bus without sensors is never due")
  func empty() { #expect(Grid(intervals: [], start: at(0)).next == nil) }
}

@Suite("A sensor's health")
struct HealthTests {
  /// On a board that started a while ago.
  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: (1_000 + seconds) * 1_000_000_000) }
  private func sinceStart(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  @Test("While the board starts, what is not there yet is no fault to tell; if it stays away it is")
  func startOfBoard() {
    var health = Health()
    let absences: [SensorError] = [
      .notFound("x"), .bus(BusError(.absent, "open /dev/i2c-1")), .bus(BusError(.denied, "open /dev/i2c-1")),
    ]
    for (second, error) in absences.enumerated() {
      #expect(health.failed(error, at: sinceStart(5 + Int64(second))) == nil)
    }
    #expect(health.succeeded(at: sinceStart(12)) == nil)
    #expect(health.failed(.notFound("x"), at: sinceStart(13)) == nil)
    #expect(health.failed(.notFound("x"), at: sinceStart(30)) == .faultBegan(.notFound("x")))
    #expect(health.succeeded(at: sinceStart(33)) == .faultEnded(failures: 2, lasted: .seconds(20)))
    // A chip that does not answer is one.
    let silent = SensorError.bus(BusError(.noAcknowledge, "read"))
    #expect(health.failed(.notFound("x"), at: sinceStart(5)) == nil)
    #expect(health.failed(silent, at: sinceStart(6)) == .faultBegan(silent))
  }

  @Test("A fault begins once, is counted, and ends once")
  func story() {
    var health = Health()
    #expect(health.succeeded(at: at(1)) == nil)
    #expect(health.failed(.notFound("x"), at: at(2)) == .faultBegan(.notFound("x")))
    #expect(health.isFaulty)
    #expect(health.failed(.notFound("y"), at: at(3)) == nil)
    #expect(health.failed(.notReady(after: .seconds(1)), at: at(4)) == nil)
    #expect(health.succeeded(at: at(5)) == .faultEnded(failures: 3, lasted: .seconds(3)))
    #expect(!health.isFaulty)
    #expect(health.succeeded(at: at(6)) == nil)
  }
}
