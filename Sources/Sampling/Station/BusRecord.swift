import Drivers
import Telemetry

/// The facts about a bus that are known outside its thread.
package struct BusRecord: Sendable {
  /// The sensor being read, and since when. It stays set while the read hangs.
  package internal(set) var reading: (sensor: String, since: Uptime)?
  /// Since when every transfer has been hanging.
  package private(set) var stuckSince: Stamp?
  /// When the bus's sensors were last switched off and on, and why that failed.
  package private(set) var powerCycled: (at: Stamp, failure: BusError?)?

  package init() {}

  mutating func changed(_ change: BusHealth.Change, at time: Stamp) {
    switch change {
    case .stuck: stuckSince = time
    case .freed: stuckSince = nil
    }
  }

  mutating func cycledPower(_ failure: BusError?, at time: Stamp) { powerCycled = (time, failure) }
}
