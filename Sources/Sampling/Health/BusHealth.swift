import Drivers
import Telemetry

/// Whether a bus as a whole hangs. A line held low makes every transfer time out, whichever sensor it is for. One
/// hanging chip does not do that, however many sensors it carries.
package struct BusHealth: Sendable {
  package enum Change: Equatable, Sendable {
    /// The last `failures` transfers in a row have timed out, on `chips` different chips.
    case stuck(failures: Int, chips: Int)
    case freed(after: Duration)
  }

  private static let failuresNeeded = 3

  private var chips: Set<String>
  private var hanging: Set<String> = []
  private var failures = 0
  private var stuckSince: Uptime?

  package init(chips: Set<String>) { self.chips = chips }

  package var isStuck: Bool { stuckSince != nil }

  /// These are the chips of the bus from now on.
  package mutating func change(to chips: Set<String>) {
    self.chips = chips
    hanging.formIntersection(chips)
  }

  /// How many different chips have to fail: all of them if there are fewer than three.
  private var chipsNeeded: Int { min(Self.failuresNeeded, chips.count) }

  /// Result of an attempt to read a sensor of this chip.
  package mutating func heard(of chip: String, _ error: SensorError?, at now: Uptime) -> Change? {
    guard let error, error.isHang else {
      (hanging, failures) = ([], 0)
      defer { stuckSince = nil }
      return stuckSince.map { .freed(after: now - $0) }
    }
    hanging.insert(chip)
    failures += 1
    guard stuckSince == nil, failures >= Self.failuresNeeded, hanging.count >= chipsNeeded else { return nil }
    stuckSince = now
    return .stuck(failures: failures, chips: hanging.count)
  }
}

extension SensorError {
  /// The transfer did not end. The adapter of a Pi reports EIO for a clock that is held low (Linux i2c-bcm2835).
  fileprivate var isHang: Bool {
    guard case .bus(let error) = self else { return false }
    return error.kind == .timeout || error.kind == .failed && error.code != 0
  }
}
