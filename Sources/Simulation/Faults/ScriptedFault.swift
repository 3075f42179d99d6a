import Telemetry

/// What goes wrong with a sensor or a bus, and when.
package struct ScriptedFault: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Nobody acknowledges. The chip keeps its state.
    case noAcknowledge
    /// Replies arrive with a wrong checksum; those of a chip without checksums as all ones.
    case garbled
    /// A line is held low: no transfer ends, until the adapter gives it up. Power that goes ends it.
    case stuck
    /// What the chip works on takes so much longer.
    case slow(by: Duration)
    /// Unplugged. It comes back as after power-on.
    case disconnected
    /// Some of the edges on its line are lost.
    case lostEdges
  }

  private let kind: Kind
  private let start: Uptime
  private let length: Duration?
  private let period: Duration?

  /// `length`: nil lasts for ever. `period`: it comes again so long after it has begun; longer than `length`.
  package init(_ kind: Kind, at start: Uptime, for length: Duration? = nil, every period: Duration? = nil) {
    self.kind = kind
    self.start = start
    self.length = length
    self.period = length == nil ? nil : period
  }

  /// Since when it is so; nil: it is not.
  fileprivate func beginning(at now: Uptime) -> Uptime? {
    let rounds = rounds(at: now)
    guard rounds > 0 else { return nil }
    let beginning = start + .nanoseconds((rounds - 1) * (period?.nanoseconds ?? 0))
    return length.map { now < beginning + $0 } ?? true ? beginning : nil
  }

  /// How often it has begun.
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

/// All that goes wrong with one sensor or one bus.
struct FaultScript: Sendable {
  let faults: [ScriptedFault]
  /// Nil: its power cannot be switched.
  let power: SimulatedPower?
  let now: @Sendable () -> Uptime

  /// What is wrong now; of several the first.
  var current: ScriptedFault.Kind? {
    let (now, power) = (now(), power?.state)
    if power?.isOn == false { return .disconnected }
    return faults.lazy.compactMap { $0.kind(at: now, poweredOffAt: power?.offAt) }.first
  }

  /// How often the power has gone so far: whatever was set is forgotten each time.
  var powerLosses: Int64 {
    let now = now()
    return faults.reduce(power?.state.losses ?? 0) { $0 + $1.powerLosses(at: now) }
  }

  var slowness: Duration { if case .slow(let lateness) = current { lateness } else { .zero } }
}
