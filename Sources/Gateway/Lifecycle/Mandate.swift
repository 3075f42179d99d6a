import Synchronization

/// Which sensors a station may report on. A reload takes sensors away while the station's thread may be in the middle
/// of a tick: its reports then concern wires that are no longer theirs. Once a mandate has been withdrawn, everything
/// reported under it has been passed on.
final class Mandate: Sendable {
  /// The mandate under which something was reported.
  struct Warrant: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct State {
    var warrants: [String: Warrant] = [:]
    var last: UInt64 = 0
    /// Sensors about to be wired differently. Until then their samples are ignored, while a fault continues across the
    /// change.
    var rewired: Set<String> = []
    var isOver = false
  }

  private let state = Mutex(State())

  init(_ sensors: some Sequence<String>) { grant(Set(sensors)) }

  /// The station has exactly these sensors from now on.
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

  /// The station will keep no sensors but `kept`; of these, the `rewired` ones are made again.
  func withdraw(but kept: Set<String>, rewired: Set<String>) {
    state.withLock { state in
      state.warrants = state.warrants.filter { kept.contains($0.key) }
      state.rewired.formUnion(rewired)
    }
  }

  /// The station may not report any more, not even on its bus.
  func end() { state.withLock { $0 = State(isOver: true) } }

  /// Passes on a change of a sensor, if the station may report it. The mandate cannot be withdrawn meanwhile: `pass`
  /// must not wait.
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

  /// Whether reports under this warrant still count.
  func stands(_ warrant: Warrant, for sensor: String) -> Bool { state.withLock { $0.warrants[sensor] == warrant } }
}
