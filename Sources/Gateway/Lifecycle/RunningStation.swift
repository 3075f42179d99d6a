import Drivers
import Linux
import Sampling
import Scheduling
import Telemetry

/// A station at work, on a thread of its own.
struct RunningStation: Sendable {
  let bus: String
  let loop: any ThreadLoop
  let station: Station
  /// Sensor ids, in the order of the file.
  let sensors: [String]
  let mandate: Mandate
}

extension Gateway {
  /// Gives every bus its sensors from the settings. Stations that the change does not affect carry on undisturbed.
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

  /// From now on, reports on sensors that a station loses are ignored, and so are samples of sensors that change. Call
  /// this before anybody hears of the change.
  func withdrawMandates(_ change: SettingsChange) {
    for crew in crews {
      let kept = Set(settings.sensors.filter { $0.busName == crew.bus }.map(\.id))
      crew.mandate.withdraw(but: kept, rewired: change.buses.contains(crew.bus) ? kept : change.sensors)
    }
  }

  private func muster(_ plan: Station.Plan) -> RunningStation {
    let (recorder, log, mandate) = (recorder, log, Mandate(plan.slots.map(\.id)))
    let loop = platform.thread(plan.name)
    let station = Station(plan, loop: loop, clock: platform.clock, healthBoard: status.healthBoard) {
      [weak self] observation in
      switch observation {
      case .sampled(let sensor, _, _): mandate.report(of: sensor) { recorder.post { $0.record(observation) } }
      case .changed(let sensor, let change, _):
        let isHeard = mandate.speak(for: sensor) { warrant in
          recorder.post { $0.record(observation) }
          self?.post { gateway in
            if mandate.stands(warrant, for: sensor) { gateway.sensorChanged(sensor, change) }
          }
        }
        if isHeard { log.write(change, sensor: sensor) }
      case .busChanged(let bus, let change, _):
        if mandate.speakForBus({ recorder.post { $0.record(observation) } }) { log.write(change, bus: bus) }
      case .powerCycled(let bus, let failure):
        if mandate.speakForBus({}) { log.writePowerCycle(of: bus, failure) }
      }
    }
    status.healthBoard.forget(bus: plan.name)
    loop.start()
    station.post { $0.start() }
    return RunningStation(bus: plan.name, loop: loop, station: station, sensors: plan.slots.map(\.id), mandate: mandate)
  }

  private func dismiss(_ crew: RunningStation) {
    crew.mandate.end()
    readings.forget(crew.bus)
    crew.station.post { $0.stop() }
    crew.loop.stop()
  }

  private func change(_ crew: RunningStation, to plan: Station.Plan, _ change: SettingsChange) -> RunningStation {
    let sensors = plan.slots.map(\.id)
    let isSwitchedAnew = change.buses.contains(crew.bus)
    let kept = isSwitchedAnew ? [] : Set(sensors).intersection(crew.sensors).subtracting(change.sensors)
    guard kept != Set(sensors) || kept != Set(crew.sensors) else { return crew }
    let mandate = crew.mandate
    crew.station.post { station in
      station.change(to: plan, keeping: kept, keepsPower: !isSwitchedAnew)
      mandate.grant(Set(sensors))
    }
    return RunningStation(bus: crew.bus, loop: crew.loop, station: crew.station, sensors: sensors, mandate: mandate)
  }
}
