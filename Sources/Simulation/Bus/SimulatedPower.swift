import Synchronization
import Telemetry

/// The power supply of a bus's sensors, switched by a GPIO line.
final class SimulatedPower: Sendable {
  struct State {
    var isOn = true
    /// When the power was last switched off.
    var offAt: Uptime?
    var losses: Int64 = 0
  }

  private let current = Mutex(State())

  var state: State { current.withLock { $0 } }

  func set(on isOn: Bool, at now: Uptime) {
    current.withLock { state in
      if state.isOn, !isOn { (state.offAt, state.losses) = (now, state.losses + 1) }
      state.isOn = isOn
    }
  }
}
