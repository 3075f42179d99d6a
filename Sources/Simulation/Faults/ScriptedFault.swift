import Telemetry

/// A fault of a sensor or a bus, and when it occurs.
package struct ScriptedFault: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The chip does not acknowledge. It keeps its state.
    case noAcknowledge
    /// Replies arrive with a wrong checksum; replies of a chip without checksums are all ones.
    case garbled
    /// A line is held low: transfers last until the adapter gives up. Switching the power off ends the fault.
    case stuck
    /// The chip's work takes this much longer.
    case slow(by: Duration)
    /// The chip is unplugged. It comes back in its state after power-on.
    case disconnected
    /// Some of the edges on the sensor's line are lost.
    case lostEdges
  }

  private let kind: Kind
  private let start: Uptime
  private let length: Duration?
  private let period: Duration?

  /// `length`: nil means for ever. `period`: the time from one beginning to the next, longer than `length`; nil means
  /// once.
  package init(_ kind: Kind, at start: Uptime, for length: Duration? = nil, every period: Duration? = nil) {
    self.kind = kind
    self.start = start
    self.length = length
    self.period = length == nil ? nil : period
  }

  /// When the current occurrence began; nil: the fault is not present.
  fileprivate func beginning(at now: Uptime) -> Uptime? {
    let rounds = rounds(at: now)
    guard rounds > 0 else { return nil }
    let beginning = start + .nanoseconds((rounds - 1) * (period?.nanoseconds ?? 0))
    return length.map { now < beginning + $0 } ?? true ? beginning : nil
  }

  /// How many times the fault has begun.
  private func rounds(at now: Uptime) -> Int64 {
    guard now >= start else { return 0 }
    return period.map { (now - start).nanoseconds / $0.nanoseconds + 1 } ?? 1
  }

  fileprivate func kind(at now: Uptime, poweredOffAt: Uptime?) -> Kind? {
    guard let beginning = beginning(at: now) else { return nil }
    if kind == .stuck, let poweredOffAt, poweredOffAt >= beginning { return nil }
    return kind
  }

  fileprivate func powerLosses(at now: Uptime) -> Int64 { kind == .disconnected ? rounds(at: now) : 0 }
}

/// All faults of one sensor or one bus.
struct FaultScript: Sendable {
  let faults: [ScriptedFault]
  /// Nil: the power cannot be switched.
  let power: SimulatedPower?
  let now: @Sendable () -> Uptime

  /// The fault present now; the first if there are several.
  var current: ScriptedFault.Kind? {
    let (now, power) = (now(), power?.state)
    if power?.isOn == false { return .disconnected }
    return faults.lazy.compactMap { $0.kind(at: now, poweredOffAt: power?.offAt) }.first
  }

  /// How many times power has been lost so far. Each loss resets the chip's settings.
  var powerLosses: Int64 {
    let now = now()
    return faults.reduce(power?.state.losses ?? 0) { $0 + $1.powerLosses(at: now) }
  }

  var slowness: Duration { if case .slow(let lateness) = current { lateness } else { .zero } }
}
