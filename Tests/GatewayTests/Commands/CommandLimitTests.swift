import Drivers
import Sampling
import Simulation
import Synchronization
import Telemetry
import TestSupport
import Testing
import Uplink

@testable import Gateway
@testable import Linux

/// Every command has its answer, also when the thread that has to carry it out hangs: here it never runs.
@Suite("Commands while a thread hangs") struct CommandLimitTests {
  private let bench: GatewayBench
  private let loop = ManualLoop()
  private let gateway: Gateway

  init() throws {
    bench = try GatewayBench()
    let settings = try bench.settings("  - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}")
    gateway = Gateway(
      settings, from: .init(load: { settings }, board: { Board.simulated($0) }),
      on: .linux(log: bench.log, manager: ServiceManager()), loop: loop
    ) { _ in }
    let plan = Station.Plan(name: "i2c-1", slots: [.init(id: "a", interval: .seconds(1))], sharesWires: true) {
      Station.Equipment(sensors: [])
    }
    let hanging = EventLoop(name: "i2c-1")
    let station = Station(plan, loop: hanging, clock: SystemClock.stamp) { _ in }
    let crew = RunningStation(bus: "i2c-1", loop: hanging, station: station, sensors: ["a"], mandate: Mandate(["a"]))
    gateway.assumeIsolated { $0.crews = [crew] }
  }

  @Test(
    "A command that nobody carries out is answered with the reason, once",
    arguments: [
      (Command.status, "the thread of the buffer does not answer: its disk may hang"),
      (.interval(sensor: "a", every: .seconds(5)), "the bus of a does not answer; it may be carried out later"),
    ])
  func late(command: Command, reason: String) throws {
    let said = Said()
    gateway.assumeIsolated { $0.run(command) { said.add($0) } }
    loop.advance(by: .seconds(10))
    #expect(said.all == [])
    loop.advance(by: .seconds(100))
    #expect(said.all == [.failed(command.kind, reason: reason)])
  }

  @Test("A reading at once: the sensors of a bus that hangs are told as faults") func readNow() {
    let said = Said()
    gateway.assumeIsolated { $0.run(.readNow(sensor: nil)) { said.add($0) } }
    loop.advance(by: .seconds(100))
    let silent = CommandResult.SensorAnswer(sensor: "a", outcome: .fault("its bus does not answer"))
    #expect(said.all == [.read([silent])])
  }

  @Test("What is answered in time is answered once") func inTime() {
    let said = Said()
    gateway.assumeIsolated { $0.run(.logLevel(.info)) { said.add($0) } }
    loop.advance(by: .seconds(100))
    #expect(said.all == [.logLevel(.info)])
  }

  private final class Said: Sendable {
    private let results = Mutex<[CommandResult]>([])
    var all: [CommandResult] { results.withLock { $0 } }
    func add(_ result: CommandResult) { results.withLock { $0.append(result) } }
  }
}
