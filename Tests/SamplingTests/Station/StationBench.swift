import Drivers
import Sampling
import Scheduling
import Simulation
import Synchronization
import Telemetry
import TestSupport
import Testing

/// What a sensor shall answer, and what it was asked.
final class Script: Sendable {
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
struct ScriptedSensor: Sensor {
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

let twenty = Sample([.temperature(Temperature(millicelsius: 20_000))])
let noAnswer = SensorError.bus(BusError(.noAcknowledge, "read", code: 121))
let hanging = SensorError.bus(BusError(.timeout, "read", code: 110))

/// A station on a loop that is turned by hand, and what it told.
final class Bench: Sendable {
  let loop = ManualLoop(startingAt: Uptime(nanoseconds: 0))
  let scripts: [Script]
  let busErrors = Mutex<[BusError]>([])
  let opened = Mutex(0)
  let powered = Mutex<[String]>([])
  private let sharesWires: Bool
  private let hasPower: Bool
  private let isMadeAsOne: Bool
  private let rest: Duration
  private let chips: [String]?
  private let told = Mutex<[String]>([])
  private let station = Mutex<Station?>(nil)

  init(
    _ intervals: [Duration], sharesWires: Bool = false, hasPower: Bool = false, isMadeAsOne: Bool = false,
    rest: Duration = .milliseconds(100), chips: [String]? = nil
  ) {
    scripts = (0..<max(8, intervals.count)).map { _ in Script() }
    self.sharesWires = sharesWires
    self.hasPower = hasPower
    self.isMadeAsOne = isMadeAsOne
    self.rest = rest
    self.chips = chips
    let plan = plan(intervals.enumerated().map { ($0.offset, $0.element) })
    let loop = loop
    // The board has started a while ago.
    let clock = { @Sendable in
      Stamp(boot: BootID(1), uptime: loop.now + .seconds(1_000), wall: WallTime(nanoseconds: 0), synced: false)
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

  /// The sensor with the number n is `sn`, and follows that script.
  private func plan(_ sensors: [(number: Int, interval: Duration)]) -> Station.Plan {
    let slots = sensors.map {
      Station.Plan.Slot(id: "s\($0.number)", interval: $0.interval, rest: rest, chip: chips?[$0.number])
    }
    let scripts = sensors.map { self.scripts[$0.number] }
    let (loop, hasPower) = (loop, hasPower)
    return Station.Plan(name: "bus", slots: slots, sharesWires: sharesWires, isMadeAsOne: isMadeAsOne) {
      [weak self] () throws(BusError) in
      self?.opened.withLock { $0 += 1 }
      if let error = self?.busErrors.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw error }
      let sensors = scripts.map { ScriptedSensor(script: $0, loop: loop) }
      return Station.Equipment(sensors: sensors, power: hasPower ? self.map { bench in { bench.makePower() } } : nil)
    }
  }

  func change(to sensors: [(number: Int, interval: Duration)], keeping kept: Set<String>, keepsPower: Bool = true) {
    let plan = plan(sensors)
    post { $0.change(to: plan, keeping: kept, keepsPower: keepsPower) }
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
