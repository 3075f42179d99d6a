import Configuration
import Simulation
import Telemetry

/// The parts of a simulated board, from the settings and a scenario.
struct SimulationPlan {
  let wirings: [SimulatedBoard.Wiring]
  let buses: [SimulatedBoard.Bus]

  init(_ settings: Settings, _ scenario: ScenarioSettings) {
    wirings = settings.sensors.map { Self.wiring($0, scenario.sensors[$0.id] ?? SensorScenario()) }
    let names = Set(scenario.buses.keys).union(settings.buses.map(\.name))
    buses = names.sorted().map { name in
      var bus = SimulatedBoard.Bus(name)
      bus.power = settings.buses.first { $0.name == name }?.power.map { ($0.selector, $0.activeLow) }
      bus.faults = scenario.buses[name]?.map(\.scripted) ?? []
      return bus
    }
  }

  private static func wiring(_ sensor: SensorSettings, _ scenario: SensorScenario) -> SimulatedBoard.Wiring {
    let place: SimulatedBoard.Wiring.Place =
      switch sensor.connection {
      case .i2c(let bus, let address): .i2c(bus: bus, address: address)
      case .sysfs: .sysfs
      case .gpio: .gpio
      }
    var wiring = SimulatedBoard.Wiring(
      sensor: sensor.id, driver: sensor.chip.name, place: place, options: sensor.options)
    wiring.alert = sensor.alert?.line
    for (kind, settings) in scenario.curves {
      switch kind {
      case .temperature: wiring.temperature = settings.curve
      case .humidity: wiring.humidity = settings.curve
      case .pressure: wiring.pressure = settings.curve
      case .contact: wiring.contact = settings.curve
      }
    }
    wiring.faults = scenario.faults.map(\.scripted)
    return wiring
  }
}

extension CurveSettings {
  fileprivate var curve: Curve {
    switch self {
    case .constant(let value): .constant(value)
    case .sine(let base, let amplitude, let period, let phase):
      .sine(base: base, amplitude: amplitude, period: period, phase: Double(phase) / 1_000_000)
    case .ramp(let first, let last, let start, let length):
      .ramp(from: first, to: last, start: Uptime(nanoseconds: 0) + start, length: length)
    case .replay(let replay):
      .replay(
        Recording(
          replay.points.map { Recording.Point(offset: $0.offset, value: $0.value) }, holds: replay.holds,
          repeats: replay.repeats))
    }
  }
}

extension FaultSettings {
  fileprivate var scripted: ScriptedFault {
    let kind: ScriptedFault.Kind =
      switch self.kind {
      case .noAcknowledge: .noAcknowledge
      case .checksum: .garbled
      case .stuck: .stuck
      case .disconnected: .disconnected
      case .lostEdges: .lostEdges
      case .slow(let lateness): .slow(by: lateness)
      }
    return ScriptedFault(kind, at: Uptime(nanoseconds: 0) + start, for: length, every: period)
  }
}
