import Drivers
import Sampling
import Scheduling
import Simulation
import Synchronization
import Telemetry
import Testing

@Suite("A station")
struct StationTests {
  @Test("Samples at once and then on the grid; sensors of one interval in one tick")
  func grid() {
    let bench = Bench([.seconds(1), .seconds(2)])
    bench.start()
    #expect(bench.taken() == ["0 s0 20 °C", "0 s1 20 °C"])
    bench.loop.advance(by: .seconds(2))
    #expect(bench.taken() == ["1 s0 20 °C", "2 s0 20 °C", "2 s1 20 °C"])
    #expect(bench.loop.nextDeadline == Uptime(nanoseconds: 3_000_000_000))
  }

  @Test("One lost acknowledgement is tried again and is no fault")
  func glitch() {
    let bench = Bench([.seconds(1)])
    bench.scripts[0].queue(.failure(noAnswer))
    bench.start()
    #expect(bench.taken() == ["0 s0 20 °C"])
    #expect(bench.scripts[0].log == ["start", "sample", "start", "sample"])
  }

  @Test("An arbitration that was lost three times on the bus is not fought for again in the same slot")
  func arbitration() throws {
    let bench = Bench([.seconds(1)])
    let bus = LosingBus()
    guard case .i2c(_, let make) = try #require(Catalog.chip(named: "tmp105")).attachment else { return }
    var sensor = make(bus, try #require(I2CAddress(0x48)), DriverOptions())
    let error: SensorError
    do throws(SensorError) {
      try sensor.start()
      return
    } catch let cause { error = cause }
    #expect(bus.transfers == 3)
    bench.scripts[0].queue(.failure(error), .success(twenty))
    bench.start()
    #expect(bench.taken() == ["0 s0 fault"])
    #expect(bench.scripts[0].log == ["start", "sample"])
  }

  private final class LosingBus: I2CBus {
    var transfers = 0
    func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
      transfers += 1
      throw BusError(.arbitrationLost, "write", code: 11)
    }
    func pause(_ duration: Duration) {}
  }

  @Test("Failing twice is a fault; it is told when it begins and when it ends, and the chip is set up again")
  func fault() {
    let bench = Bench([.seconds(1)])
    bench.scripts[0].queue(.success(twenty), .failure(noAnswer), .failure(noAnswer), .failure(noAnswer))
    bench.start()
    bench.loop.advance(by: .seconds(3))
    #expect(bench.taken() == ["0 s0 20 °C", "1 s0 fault", "3 s0 back after 2", "3 s0 20 °C"])
    #expect(
      bench.scripts[0].log == ["start", "sample", "sample", "start", "sample", "start", "sample", "start", "sample"])
  }

  @Test("A bus that timed out is not tried a second time in one slot")
  func timeout() {
    let bench = Bench([.seconds(1)])
    bench.scripts[0].queue(.failure(hanging))
    bench.start()
    #expect(bench.taken() == ["0 s0 fault"])
    #expect(bench.scripts[0].log == ["start", "sample"])
  }

  @Test("A fault of one sensor leaves the others alone")
  func neighbours() {
    let bench = Bench([.seconds(1), .seconds(1), .seconds(1)])
    bench.scripts[1].queueStart(
      .wrongChip(expected: "a", found: [1]), .wrongChip(expected: "a", found: [1]),
      .wrongChip(expected: "a", found: [1]))
    bench.start()
    bench.loop.advance(by: .seconds(1))
    #expect(
      bench.taken() == ["0 s0 20 °C", "0 s1 fault", "0 s2 20 °C", "1 s0 20 °C", "1 s2 20 °C"])
  }

  @Test("A bus that is not there is a fault of each of its sensors, and is opened when it appears")
  func lateBus() {
    let bench = Bench([.seconds(1), .seconds(2)])
    bench.busErrors.withLock {
      $0 = [BusError(.absent, "open /dev/i2c-1", code: 2), BusError(.absent, "open /dev/i2c-1", code: 2)]
    }
    bench.start()
    bench.loop.advance(by: .seconds(2))
    #expect(
      bench.taken() == [
        "0 s0 fault", "0 s1 fault", "2 s0 back after 2", "2 s0 20 °C", "2 s1 back after 1", "2 s1 20 °C",
      ])
    bench.loop.advance(by: .seconds(5))
    #expect(bench.opened.withLock { $0 } == 3)
  }

  @Test("One of thirty that hangs for a second each time: it is seldom tried, last, and the others keep their slots")
  func hangs() {
    let bench = Bench(Array(repeating: .seconds(1), count: 30), sharesWires: true)
    bench.scripts[0].hang(.seconds(1))
    bench.start()
    bench.loop.advance(by: .seconds(300))
    let told = bench.taken()
    #expect(told.first == "1 s0 fault")
    #expect(!told.contains { $0.contains("stuck") })
    // First it was in front of the others; the slot at 1 s was over before they had their turn.
    for sensor in 1..<30 {
      let samples = told.filter { $0.hasSuffix(" s\(sensor) 20 °C") }
      #expect(samples.count >= 294, "\(samples.count)")
      #expect(samples.first == "1 s\(sensor) 20 °C", "\(samples.count)")
    }
    #expect(bench.scripts[0].log.count { $0 == "sample" } <= 7)
    bench.scripts[0].hang(nil)
    bench.loop.advance(by: .seconds(60))
    #expect(bench.taken().contains { $0.hasSuffix("s0 20 °C") })
  }

  @Test("A sensor that wakes is sampled at once, ten times a second at most, and in its slots")
  func wakes() {
    let bench = Bench([.seconds(10), .seconds(10)])
    bench.scripts[1].state.withLock { $0.wakeUp = WakeUp(descriptor: 7) }
    bench.start()
    _ = bench.taken()
    bench.loop.advance(by: .seconds(2))
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .zero)
    #expect(bench.taken() == ["2 s1 20 °C"])
    // It chatters.
    for _ in 0..<100 {
      bench.loop.signal(7, .reading)
      bench.loop.advance(by: .milliseconds(10))
    }
    #expect((9...11).contains(bench.taken().count))
    bench.loop.advance(by: .seconds(6))
    _ = bench.taken()
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == ["10 s0 20 °C", "10 s1 20 °C"])
  }

  @Test("One that has to rest is woken no more often; one whose line is gone is left alone")
  func rests() {
    let bench = Bench([.seconds(60)], rest: .seconds(1))
    bench.scripts[0].state.withLock { $0.wakeUp = WakeUp(descriptor: 7) }
    bench.start()
    _ = bench.taken()
    bench.loop.advance(by: .seconds(10))
    for _ in 0..<50 {
      bench.loop.signal(7, .reading)
      bench.loop.advance(by: .milliseconds(100))
    }
    #expect((5...6).contains(bench.taken().count))
    bench.scripts[0].state.withLock { $0.wakeUp = nil }
    bench.loop.advance(by: .seconds(45))
    #expect(bench.taken() == ["60 s0 20 °C"])
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .seconds(5))
    #expect(bench.taken() == [])
  }

  @Test("While it is faulty, and after stop, nobody listens to it")
  func wakesNoMore() {
    let bench = Bench([.seconds(10)])
    bench.scripts[0].state.withLock { $0.wakeUp = WakeUp(descriptor: 7) }
    bench.start()
    bench.scripts[0].queue(.failure(noAnswer), .failure(noAnswer))
    bench.loop.advance(by: .seconds(10))
    #expect(bench.taken() == ["0 s0 20 °C", "10 s0 fault"])
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == [])
    bench.loop.advance(by: .seconds(9))
    bench.loop.signal(7, .reading)
    bench.stop()
    _ = bench.taken()
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == [])
    #expect(bench.loop.nextDeadline == nil)
  }

  @Test("What fails at once is tried in each slot")
  func unplugged() {
    let bench = Bench([.seconds(1)], sharesWires: true)
    bench.scripts[0].queueStart(noAnswer, noAnswer, noAnswer, noAnswer, noAnswer)
    bench.start()
    bench.loop.advance(by: .seconds(4))
    #expect(bench.taken() == ["0 s0 fault", "4 s0 back after 4", "4 s0 20 °C"])
  }

  @Test(
    "When three sensors hang one after the other the bus is stuck: it is told once, and hardly tried until it is free")
  func stuck() {
    let bench = Bench(Array(repeating: .seconds(1), count: 5), sharesWires: true)
    bench.start()
    for script in bench.scripts { script.hang(.seconds(1)) }
    _ = bench.taken()
    bench.loop.advance(by: .seconds(200))
    let told = bench.taken()
    #expect(told.filter { $0.contains("bus") } == ["4 bus stuck: 3"])
    #expect(bench.scripts.reduce(0) { $0 + $1.log.count { $0 == "sample" } } <= 5 + 3 + 4)
    for script in bench.scripts { script.hang(nil) }
    bench.loop.advance(by: .seconds(60))
    let after = bench.taken()
    #expect(after.filter { $0.contains("bus") }.count == 1)
    #expect(after.contains { $0.hasSuffix("bus freed") })
    // All of them at once, not when each would have had its turn.
    let freed = after.first { $0.hasSuffix("freed") }?.split(separator: " ").first ?? ""
    #expect((0..<5).allSatisfy { sensor in after.contains { $0.hasSuffix("s\(sensor) 20 °C") && $0.hasPrefix(freed) } })
  }

  @Test("The sensors of a stuck bus are switched off and on, once, and set up again")
  func powerCycle() {
    let bench = Bench(Array(repeating: .seconds(1), count: 3), sharesWires: true, hasPower: true)
    bench.start()
    for script in bench.scripts { script.hang(.seconds(1)) }
    bench.loop.advance(by: .seconds(10))
    #expect(bench.taken().filter { $0.contains("power") }.count == 1)
    #expect(bench.powered.withLock { $0 }.map { $0.split(separator: " ")[1] } == ["true", "false", "true"])
    for script in bench.scripts { script.hang(nil) }
    bench.loop.advance(by: .seconds(120))
    #expect(bench.taken().contains { $0.contains("freed") })
    #expect(bench.scripts.prefix(3).allSatisfy { $0.log.last == "sample" && $0.log.count { $0 == "start" } >= 2 })
    #expect(bench.powered.withLock { $0 }.count == 3)
  }

  @Test("Without common wires nothing is stuck, however many hang")
  func separate() {
    let bench = Bench(Array(repeating: .seconds(1), count: 5))
    for script in bench.scripts { script.hang(.seconds(1)) }
    bench.start()
    bench.loop.advance(by: .seconds(60))
    #expect(!bench.taken().contains { $0.contains("bus") })
  }

  @Test("After stop no sample is taken and no timer is left")
  func stop() {
    let bench = Bench([.seconds(1)])
    bench.start()
    bench.stop()
    _ = bench.taken()
    bench.loop.advance(by: .seconds(10))
    #expect(bench.taken() == [])
    #expect(bench.loop.nextDeadline == nil)
  }

  @Test("Sensors that are asked answer at once, are told of as usual, and keep their slots")
  func readNow() {
    let bench = Bench([.seconds(10), .seconds(10), .seconds(10)])
    bench.start()
    _ = bench.taken()
    bench.loop.advance(by: .seconds(4))
    bench.scripts[1].queue(.failure(hanging))
    #expect(bench.readNow(["s2", "s1"]) == ["s1 \(hanging)", "s2 20 °C"])
    #expect(bench.taken() == ["4 s1 fault", "4 s2 20 °C"])
    #expect(bench.loop.nextDeadline == Uptime(nanoseconds: 10_000_000_000))
    bench.loop.advance(by: .seconds(6))
    #expect(bench.taken() == ["10 s0 20 °C", "10 s2 20 °C", "10 s1 back after 1", "10 s1 20 °C"])
  }

  @Test("A bus that is not there is said to be so, and opened if it is there when somebody asks")
  func readNowWithoutBus() {
    let bench = Bench([.seconds(10)])
    bench.busErrors.withLock {
      $0 = [BusError(.absent, "open /dev/i2c-1", code: 2), BusError(.absent, "open /dev/i2c-1", code: 2)]
    }
    bench.start()
    #expect(bench.readNow(["s0"]).first?.contains("/dev/i2c-1") == true)
    #expect(bench.readNow(["s0"]) == ["s0 20 °C"])
    #expect(bench.taken() == ["0 s0 fault", "0 s0 back after 2", "0 s0 20 °C"])
  }

  @Test("Sensors of other stations are not asked, and their bus is not opened")
  func readNowElsewhere() {
    let bench = Bench([.seconds(10)])
    #expect(bench.readNow(["x"]) == [])
    #expect(bench.readNow([]) == [])
    #expect(bench.opened.withLock { $0 } == 0)
    #expect(bench.scripts[0].log == [])
    #expect(!bench.setInterval(.seconds(1), of: "x"))
  }

  @Test("A changed interval holds from now on, also when the next slot was far away")
  func setInterval() {
    let bench = Bench([.seconds(3_600), .seconds(3_600)])
    bench.start()
    _ = bench.taken()
    bench.loop.advance(by: .seconds(1))
    #expect(bench.setInterval(.seconds(2), of: "s1"))
    bench.loop.advance(by: .seconds(5))
    #expect(bench.taken() == ["4 s1 20 °C", "6 s1 20 °C"])
    #expect(bench.setInterval(.seconds(3_600), of: "s1"))
    bench.loop.advance(by: .seconds(60))
    #expect(bench.taken() == [])
    bench.loop.advance(by: .seconds(3_600))
    #expect(bench.taken() == ["3600 s0 20 °C", "3600 s1 20 °C"])
  }

  @Test("After stop nobody is asked, and no interval is set")
  func stopped() {
    let bench = Bench([.seconds(1)])
    bench.start()
    bench.stop()
    _ = bench.taken()
    #expect(bench.readNow(["s0"]) == [])
    #expect(!bench.setInterval(.seconds(1), of: "s0"))
    bench.loop.advance(by: .seconds(10))
    #expect(bench.taken() == [])
    #expect(bench.loop.nextDeadline == nil)
  }
}
