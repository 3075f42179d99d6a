import Drivers
import Telemetry

/// What is known of a bus from outside its thread.
package struct BusRecord: Sendable {
  /// The sensor that is being read, and since when. What hangs stays here.
  package internal(set) var reading: (sensor: String, since: Uptime)?
  /// Every transfer hangs since then.
  package private(set) var stuckSince: Stamp?
  /// When its sensors were last switched off and on, and what hindered it.
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
