import Drivers
import Synchronization
import Telemetry

/// The latest reports of the sensors and buses of all stations. Stations write it on their threads, and any thread
/// may read it at any time: a hanging thread hides neither what it reported before nor the sensor that it hangs on.
package final class HealthBoard: Sendable {
  private struct Pages {
    var sensors: [String: SensorRecord] = [:]
    var buses: [String: BusRecord] = [:]
  }

  private let pages = Mutex(Pages())

  package init() {}

  /// Nil before the sensor's first attempt has ended.
  package func sensor(_ id: String) -> SensorRecord? { pages.withLock { $0.sensors[id] } }

  /// Nil before anything on the bus was read.
  package func bus(_ name: String) -> BusRecord? { pages.withLock { $0.buses[name] } }

  /// Forgets the bus of a new station: earlier reports were about other wires.
  package func forget(bus: String) { pages.withLock { $0.buses[bus] = nil } }

  func began(_ sensor: String, on bus: String, at now: Uptime) {
    pages.withLock { $0.buses[bus, default: BusRecord()].reading = (sensor, now) }
  }

  func ended(_ sensor: String, on bus: String, _ result: Result<Sample, SensorError>, at now: Stamp) {
    pages.withLock { pages in
      pages.buses[bus, default: BusRecord()].reading = nil
      switch result {
      case .success(let sample):
        pages.sensors[sensor, default: SensorRecord()].succeeded(sample, at: now.earlier(by: sample.age))
      case .failure(let error): pages.sensors[sensor, default: SensorRecord()].failed(error, at: now)
      }
    }
  }

  /// `interval`: nil means that of the plan.
  func commanded(_ interval: Duration?, of sensor: String) {
    pages.withLock { pages in
      if interval != nil || pages.sensors[sensor] != nil {
        pages.sensors[sensor, default: SensorRecord()].interval = interval
      }
    }
  }

  func changed(_ bus: String, _ change: BusHealth.Change, at now: Stamp) {
    pages.withLock { $0.buses[bus, default: BusRecord()].changed(change, at: now) }
  }

  func cycledPower(of bus: String, _ failure: BusError?, at now: Stamp) {
    pages.withLock { $0.buses[bus, default: BusRecord()].cycledPower(failure, at: now) }
  }
}
