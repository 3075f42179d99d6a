import Drivers
import Telemetry
import Testing

@testable import Sampling

@Suite struct LogbookTests {
  private let book = HealthBoard()
  private let noAnswer = SensorError.bus(BusError(.noAcknowledge, "read", code: 121))
  private let late = SensorError.bus(BusError(.timeout, "read", code: 110))

  private func stamp(_ seconds: Int64) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: seconds * 1_000_000_000), wall: WallTime(nanoseconds: 0),
      synced: true)
  }

  private func sample(_ celsius: Int64, age: Duration = .zero) -> Sample {
    Sample([.temperature(Temperature(millicelsius: celsius * 1_000))], age: age)
  }

  private func note(_ result: Result<Sample, SensorError>, at seconds: Int64) {
    book.began("a", on: "i2c-1", at: stamp(seconds).uptime)
    book.ended("a", on: "i2c-1", result, at: stamp(seconds))
  }

  @Test("Nothing is known of what was not yet read")
  func empty() {
    #expect(book.sensor("a") == nil)
    #expect(book.bus("i2c-1") == nil)
    #expect(SensorRecord().success == nil)
  }

  @Test("The last sample stays while a fault lasts, and the fault says since when and why now")
  func fault() throws {
    note(.success(sample(20, age: .seconds(2))), at: 10)
    note(.failure(noAnswer), at: 11)
    note(.failure(late), at: 12)
    let ill = try #require(book.sensor("a"))
    #expect(ill.last?.sample == sample(20, age: .seconds(2)))
    #expect(ill.last?.at.uptime == stamp(8).uptime)
    #expect(ill.fault?.error == late)
    #expect(ill.fault?.since == stamp(11))
    #expect(ill.faults == 1)
    #expect(ill.taken == 1)
    #expect(ill.failed == 2)
    note(.success(sample(21)), at: 13)
    note(.failure(noAnswer), at: 14)
    let again = try #require(book.sensor("a"))
    #expect(again.faults == 2)
    #expect(again.fault?.since == stamp(14))
    #expect(again.success == 2.0 / 5.0)
  }

  @Test("Of the last hundred attempts those that succeeded are counted, whatever was before")
  func recent() {
    for second in 0..<250 as Range<Int64> { note(.failure(noAnswer), at: second) }
    #expect(book.sensor("a")?.recent.succeeded == 0)
    #expect(book.sensor("a")?.recent.count == 100)
    for second in 250..<290 as Range<Int64> { note(.success(sample(1)), at: second) }
    #expect(book.sensor("a")?.recent.succeeded == 40)
    for second in 290..<350 as Range<Int64> { note(.success(sample(1)), at: second) }
    #expect(book.sensor("a")?.recent.succeeded == 100)
    #expect(book.sensor("a")?.recent.count == 100)
    note(.failure(noAnswer), at: 350)
    #expect(book.sensor("a")?.recent.succeeded == 99)
    #expect(book.sensor("a")?.taken == 100)
    #expect(book.sensor("a")?.failed == 251)
  }

  @Test("Before a hundred attempts it is of as many as there were")
  func few() {
    note(.success(sample(1)), at: 0)
    note(.failure(noAnswer), at: 1)
    note(.success(sample(1)), at: 2)
    #expect(book.sensor("a")?.recent.succeeded == 2)
    #expect(book.sensor("a")?.recent.count == 3)
  }

  @Test("What is being read is told until it is over, and a stuck bus until it is free")
  func buses() {
    book.began("a", on: "i2c-1", at: stamp(5).uptime)
    #expect(book.bus("i2c-1")?.reading?.sensor == "a")
    #expect(book.bus("i2c-1")?.reading?.since == stamp(5).uptime)
    book.ended("a", on: "i2c-1", .failure(late), at: stamp(6))
    #expect(book.bus("i2c-1")?.reading == nil)
    #expect(book.bus("i2c-1")?.stuckSince == nil)
    book.changed("i2c-1", .stuck(failures: 3, chips: 3), at: stamp(7))
    book.cycledPower(of: "i2c-1", nil, at: stamp(8))
    #expect(book.bus("i2c-1")?.stuckSince == stamp(7))
    #expect(book.bus("i2c-1")?.powerCycled?.at == stamp(8))
    book.changed("i2c-1", .freed(after: .seconds(2)), at: stamp(9))
    #expect(book.bus("i2c-1")?.stuckSince == nil)
    #expect(book.bus("i2c-1")?.powerCycled?.failure == nil)
  }
}
