import Drivers
import Sampling
import Scheduling
import Simulation
import Synchronization
import Telemetry
import Testing

/// What a sensor shall answer, and what it was asked.
private final class Script: Sendable {
  struct State {
    var samples: [Result<Sample, SensorError>] = []
    var starts: [SensorError?] = []
    var log: [String] = []
    /// Each sample takes this long, and fails.
    var hang: Duration?
    var wakeUp: WakeUp?
  }

  let state = Mutex(State())

  func queue(_ results: Result<Sample, SensorError>...) { state.withLock { $0.samples += results } }
  func queueStart(_ errors: SensorError?...) { state.withLock { $0.starts += errors } }
  var log: [String] { state.withLock { $0.log } }
  func hang(_ duration: Duration?) { state.withLock { $0.hang = duration } }
}

/// Follows its script; beyond it, it measures 20 °C.
private struct ScriptedSensor: Sensor {
  let script: Script
  let loop: ManualLoop

  var wakeUp: WakeUp? { script.state.withLock { $0.wakeUp } }

  mutating func start() throws(SensorError) {
    let error = script.state.withLock { state in
      state.log.append("start")
      return state.starts.isEmpty ? nil : state.starts.removeFirst()
    }
    if let error { throw error }
  }

  mutating func sample() throws(SensorError) -> Sample {
    let next = script.state.withLock { state -> Result<Sample, SensorError> in
      state.log.append("sample")
      if let hang = state.hang {
        loop.stall(for: hang)
        return .failure(hanging)
      }
      return state.samples.isEmpty ? .success(twenty) : state.samples.removeFirst()
    }
    return try next.get()
  }
}

private let twenty = Sample([.temperature(Temperature(millicelsius: 20_000))])
private let noAnswer = SensorError.bus(BusError(.noAcknowledge, "read", code: 121))
private let hanging = SensorError.bus(BusError(.timeout, "read", code: 110))

/// A station on a loop that is turned by hand, and what it told.
private final class Bench: Sendable {
  let loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))
  let scripts: [Script]
  let busErrors = Mutex<[BusError]>([])
  let opened = Mutex(0)
  let powered = Mutex<[String]>([])
  private let told = Mutex<[String]>([])
  private let station = Mutex<Station?>(nil)

  init(_ intervals: [Duration], sharesWires: Bool = false, hasPower: Bool = false) {
    let scripts = intervals.map { _ in Script() }
    self.scripts = scripts
    let slots = intervals.enumerated().map { Station.Plan.Slot(id: "s\($0.offset)", interval: $0.element) }
    let loop = loop
    let plan = Station.Plan(name: "bus", slots: slots, sharesWires: sharesWires) { [weak self] () throws(BusError) in
      self?.opened.withLock { $0 += 1 }
      if let error = self?.busErrors.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
      let sensors = scripts.map { ScriptedSensor(script: $0, loop: loop) }
      return Station.Equipment(sensors: sensors, power: hasPower ? self?.makePower() : nil)
    }
    let clock = { @Sendable in
      Stamp(boot: BootID(1), uptime: loop.now, wall: WallTime(nanoseconds: 0), synced: false)
    }
    let made = Station(plan, loop: loop, clock: clock) { [weak self] observation in
      let seconds = loop.now.nanoseconds / 1_000_000_000
      switch observation {
      case .sampled(let sensor, let sample, _): self?.tell("\(seconds) \(sensor) \(sample.quantities[0])")
      case .changed(let sensor, .faultBegan, _): self?.tell("\(seconds) \(sensor) fault")
      case .changed(let sensor, .faultEnded(let failures, _), _):
        self?.tell("\(seconds) \(sensor) back after \(failures)")
      case .busChanged(let bus, .stuck(_, let sensors), _): self?.tell("\(seconds) \(bus) stuck: \(sensors)")
      case .busChanged(let bus, .freed, _): self?.tell("\(seconds) \(bus) freed")
      case .powerCycled(let bus, let failure): self?.tell("\(seconds) \(bus) power \(failure == nil)")
      }
    }
    station.withLock { $0 = made }
  }

  private func makePower() -> Result<PowerSwitch, BusError> {
    let loop = loop
    let bank = SimulatedGPIO(time: SimulatedTime(now: { loop.now }, pause: { loop.stall(for: $0) }))
    bank.observe(.name("GPIO27")) { [weak self] high in
      self?.powered.withLock { $0.append("\(loop.now.nanoseconds / 1_000_000_000) \(high)") }
    }
    do throws(BusError) {
      return .success(try PowerSwitch(bank, .name("GPIO27"), activeLow: false))
    } catch {
      return .failure(error)
    }
  }

  private func tell(_ text: String) { told.withLock { $0.append(text) } }

  /// What the sensors said when they were asked.
  let said = Mutex<[String]>([])
  func readNow(_ sensors: Set<String>) -> [String] {
    said.withLock { $0 = [] }
    post { station in
      for (sensor, result) in station.readNow(sensors) {
        switch result {
        case .success(let sample): self.said.withLock { $0.append("\(sensor) \(sample.quantities[0])") }
        case .failure(let error): self.said.withLock { $0.append("\(sensor) \(error)") }
        }
      }
    }
    return said.withLock { $0 }
  }
  func setInterval(_ interval: Duration, of sensor: String) -> Bool {
    let isKnown = Mutex(false)
    station.withLock { $0 }?.assumeIsolated { station in
      let found = station.setInterval(interval, of: sensor)
      isKnown.withLock { $0 = found }
    }
    loop.settle()
    return isKnown.withLock { $0 }
  }

  func start() { post { $0.start() } }
  func stop() { post { $0.stop() } }
  private func post(_ body: @escaping @Sendable (isolated Station) -> Void) {
    station.withLock { $0 }?.post(body)
    loop.settle()
  }

  /// What was told since the last call.
  func taken() -> [String] {
    told.withLock { told in
      defer { told = [] }
      return told
    }
  }
}

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
    #expect(told.first == "1 s0 fault" && !told.contains { $0.contains("stuck") })
    // First it was in front of the others; the slot at 1 s was over before they had their turn.
    for sensor in 1..<30 {
      let samples = told.filter { $0.hasSuffix(" s\(sensor) 20 °C") }
      #expect(samples.count >= 294 && samples.first == "1 s\(sensor) 20 °C", "\(samples.count)")
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
    #expect(bench.taken() == [] && bench.loop.nextDeadline == nil)
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
    #expect(after.filter { $0.contains("bus") }.count == 1 && after.contains { $0.hasSuffix("bus freed") })
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
    #expect(bench.scripts.allSatisfy { $0.log.last == "sample" && $0.log.count { $0 == "start" } >= 2 })
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
    #expect(bench.readNow(["x"]) == [] && bench.readNow([]) == [])
    #expect(bench.opened.withLock { $0 } == 0 && bench.scripts[0].log == [])
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
    #expect(bench.readNow(["s0"]) == [] && !bench.setInterval(.seconds(1), of: "s0"))
    bench.loop.advance(by: .seconds(10))
    #expect(bench.taken() == [])
    #expect(bench.loop.nextDeadline == nil)
  }
}
