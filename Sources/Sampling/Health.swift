import Drivers
import Telemetry

/// Whether a sensor can be read. Tells when a fault begins and when it ends; what lies between is counted.
public struct Health: Sendable {
  /// What a result changed.
  public enum Change: Equatable, Sendable {
    case faultBegan(SensorError)
    /// `failures` attempts failed, the first `lasted` ago.
    case faultEnded(failures: Int, lasted: Duration)
  }

  private struct Fault {
    let since: Uptime
    var failures: Int
  }

  private var fault: Fault?

  public init() {}

  public var isFaulty: Bool { fault != nil }

  public mutating func failed(_ error: SensorError, at now: Uptime) -> Change? {
    guard fault == nil else {
      fault?.failures += 1
      return nil
    }
    fault = Fault(since: now, failures: 1)
    return .faultBegan(error)
  }

  public mutating func succeeded(at now: Uptime) -> Change? {
    defer { fault = nil }
    return fault.map { .faultEnded(failures: $0.failures, lasted: now - $0.since) }
  }
}

extension SensorError {
  /// The chip has answered, if with nothing to use: it holds up nobody, however long its conversion takes.
  var isAnswer: Bool {
    switch self {
    case .checksum, .malformed, .powerOnValue, .wrongChip, .outOfRange, .implausible: true
    case .bus, .notReady, .notFound: false
    }
  }

  /// Whether trying once more, at once, has a chance and costs little. A bus that timed out has none: it would hold up
  /// the other sensors for another second.
  var deservesAnotherTry: Bool {
    switch self {
    case .bus(let error):
      switch error.kind {
      case .noAcknowledge, .arbitrationLost, .shortRead, .packetErrorCode, .failed: true
      case .timeout, .claimed, .absent, .denied, .unsupported: false
      }
    case .checksum, .malformed, .powerOnValue, .notReady: true
    case .wrongChip, .outOfRange, .implausible, .notFound: false
    }
  }
}
