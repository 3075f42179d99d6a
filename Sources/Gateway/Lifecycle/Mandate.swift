import Synchronization

/// For which sensors a station may speak. A reload takes sensors away while the station's thread may be in the middle of a
/// tick: what it says of them then is about wires that are no longer theirs. When a mandate has been withdrawn, everything
/// that was said under it has been passed on.
final class Mandate: Sendable {
  /// Under which mandate something was said.
  struct Warrant: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct State {
    var warrants: [String: Warrant] = [:]
    var last: UInt64 = 0
    /// They will be wired anew: until then their samples say nothing, while a fault goes on over the change.
    var rewired: Set<String> = []
    var isOver = false
  }

  private let state = Mutex(State())

  init(_ sensors: some Sequence<String>) { grant(Set(sensors)) }

  /// The station has these sensors now, and no others.
  func grant(_ sensors: Set<String>) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.warrants = state.warrants.filter { sensors.contains($0.key) }
      state.rewired.subtract(sensors)
      for sensor in sensors where state.warrants[sensor] == nil {
        state.last += 1
        state.warrants[sensor] = Warrant(number: state.last)
      }
    }
  }

  /// The station will have no others than `kept`; of these, the `rewired` ones are to be made anew.
  func withdraw(but kept: Set<String>, rewired: Set<String>) {
    state.withLock { state in
      state.warrants = state.warrants.filter { kept.contains($0.key) }
      state.rewired.formUnion(rewired)
    }
  }

  /// It may not speak any more, not of its bus either.
  func end() { state.withLock { $0 = State(isOver: true) } }

  /// Passes on what became of a sensor, if it may be said. Nobody withdraws the mandate meanwhile: `pass` must not wait.
  @discardableResult
  func speak(for sensor: String, _ pass: (Warrant) -> Void) -> Bool {
    state.withLock { state in
      guard let warrant = state.warrants[sensor] else { return false }
      pass(warrant)
      return true
    }
  }

  /// Passes on a sample of a sensor.
  func report(of sensor: String, _ pass: () -> Void) {
    state.withLock { if $0.warrants[sensor] != nil, !$0.rewired.contains(sensor) { pass() } }
  }

  @discardableResult
  func speakForBus(_ pass: () -> Void) -> Bool {
    state.withLock { state in
      if !state.isOver { pass() }
      return !state.isOver
    }
  }

  /// What was said under this warrant still counts.
  func stands(_ warrant: Warrant, for sensor: String) -> Bool { state.withLock { $0.warrants[sensor] == warrant } }
}
