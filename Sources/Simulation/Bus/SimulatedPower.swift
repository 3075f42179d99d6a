import Synchronization
import Telemetry

/// What gives the sensors of a bus their power: a line switches it, and the chips live on it.
final class SimulatedPower: Sendable {
  struct State {
    var isOn = true
    /// When it was switched off the last time.
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
