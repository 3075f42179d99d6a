import Drivers
import Linux
import Sampling
import Telemetry

/// A station at work, on a thread of its own.
struct Crew: Sendable {
  let bus: String
  let loop: EventLoop
  let station: Station
  /// In the order of the file.
  let sensors: [String]
}

extension Gateway {
  /// Every bus gets the sensors that the settings give it. What a change does not concern goes on undisturbed.
  func changeCrews(_ change: SettingsChange) {
    let log = log
    let planner = StationPlans(board: source.board(settings), buses: settings.buses, oneWire: oneWire) {
      log.writeAlertLine(of: $0, $1)
    }
    let plans = planner.plans(for: settings.sensors)
    let former = Dictionary(crews.map { ($0.bus, $0) }) { first, _ in first }
    let kept = Set(plans.map(\.name))
    for crew in crews where !kept.contains(crew.bus) { dismiss(crew) }
    crews = plans.map { plan in former[plan.name].map { self.change($0, to: plan, change) } ?? muster(plan) }
  }

  private func muster(_ plan: Station.Plan) -> Crew {
    let (recorder, log) = (recorder, log)
    let loop = EventLoop(name: plan.name)
    let station = Station(plan, loop: loop, clock: SystemClock.stamp, logbook: status.logbook) {
      [weak self] observation in
      recorder.post { $0.record(observation) }
      switch observation {
      case .sampled: break
      case .changed(let sensor, let change, _):
        log.write(change, sensor: sensor)
        self?.post { $0.sensorChanged(sensor, change) }
      case .busChanged(let bus, let change, _): log.write(change, bus: bus)
      case .powerCycled(let bus, let failure): log.writePowerCycle(of: bus, failure)
      }
    }
    status.logbook.forget(bus: plan.name)
    loop.start()
    station.post { $0.start() }
    return Crew(bus: plan.name, loop: loop, station: station, sensors: plan.slots.map(\.id))
  }

  private func dismiss(_ crew: Crew) {
    readings.forget(crew.bus)
    crew.station.post { $0.stop() }
    crew.loop.stop()
  }

  private func change(_ crew: Crew, to plan: Station.Plan, _ change: SettingsChange) -> Crew {
    let sensors = plan.slots.map(\.id)
    let isSwitchedAnew = change.buses.contains(crew.bus)
    let kept = isSwitchedAnew ? [] : Set(sensors).intersection(crew.sensors).subtracting(change.sensors)
    guard kept != Set(sensors) || kept != Set(crew.sensors) else { return crew }
    crew.station.post { $0.change(to: plan, keeping: kept, keepsPower: !isSwitchedAnew) }
    return Crew(bus: crew.bus, loop: crew.loop, station: crew.station, sensors: sensors)
  }
}
