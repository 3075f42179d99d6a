import Drivers
import Telemetry

/// Whether a sensor can be read. Reports when a fault begins and when it ends, and counts the failures between.
///
/// In the first 30 s after boot a missing device is not reported: the kernel may still be probing, and udev setting
/// permissions.
package struct Health: Sendable {
  /// By then a board has found what is connected; a 1-Wire bus searches every ten seconds.
  static let startOfBoard = Uptime(nanoseconds: 30_000_000_000)

  /// The change that a result made.
  package enum Change: Equatable, Sendable {
    case faultBegan(SensorError)
    /// `failures` attempts failed, the first `lasted` ago.
    case faultEnded(failures: Int, lasted: Duration)
  }

  private struct Fault {
    let since: Uptime
    var failures = 0
    var isTold = false
  }

  private var fault: Fault?

  package init() {}

  package var isFaulty: Bool { fault != nil }

  package mutating func failed(_ error: SensorError, at now: Uptime) -> Change? {
    var fault = self.fault ?? Fault(since: now)
    fault.failures += 1
    let isNews = !fault.isTold && !(error.isAbsence && now < Self.startOfBoard)
    fault.isTold = fault.isTold || isNews
    self.fault = fault
    return isNews ? .faultBegan(error) : nil
  }

  package mutating func succeeded(at now: Uptime) -> Change? {
    defer { fault = nil }
    guard let fault, fault.isTold else { return nil }
    return .faultEnded(failures: fault.failures, lasted: now - fault.since)
  }
}

extension SensorError {
  /// The system does not have the device, or not yet.
  fileprivate var isAbsence: Bool {
    switch self {
    case .notFound: true
    case .bus(let error): error.kind == .absent || error.kind == .denied
    case .checksum, .malformed, .powerOnValue, .wrongChip, .anotherChip, .outOfRange, .implausible, .notReady: false
    }
  }

  /// The chip has answered, though without a usable value. It delays no other sensor, however long its conversion
  /// takes.
  var isAnswer: Bool {
    switch self {
    case .checksum, .malformed, .powerOnValue, .wrongChip, .anotherChip, .outOfRange, .implausible: true
    case .bus, .notReady, .notFound: false
    }
  }

  /// Whether another try at once has a chance and costs little. On a bus that timed out it has none: it would delay the
  /// other sensors for another second.
  var deservesAnotherTry: Bool {
    switch self {
    case .bus(let error):
      switch error.kind {
      case .noAcknowledge, .shortRead, .packetErrorCode, .failed: true
      // The transfer has already been repeated at once, as often as allowed.
      case .arbitrationLost: false
      case .timeout, .claimed, .absent, .denied, .unsupported: false
      }
    case .checksum, .malformed, .powerOnValue, .notReady: true
    case .wrongChip, .anotherChip, .outOfRange, .implausible, .notFound: false
    }
  }
}
