import Drivers
import Telemetry

/// Whether a bus as a whole hangs. A line that something holds low makes every transfer on it time out, whichever sensor it
/// is for; one chip that hangs does not.
public struct BusHealth: Sendable {
  public enum Change: Equatable, Sendable {
    /// So many transfers in a row have timed out, for so many different sensors.
    case stuck(failures: Int, sensors: Int)
    case freed(after: Duration)
  }

  private static let failuresNeeded = 3

  /// So many different sensors have to fail.
  private let sensorsNeeded: Int
  private var hanging: Set<Int> = []
  private var failures = 0
  private var stuckSince: Uptime?

  public init(sensors: Int) { sensorsNeeded = min(Self.failuresNeeded, sensors) }

  public var isStuck: Bool { stuckSince != nil }

  /// What came of an attempt to read the sensor with this index.
  public mutating func heard(of sensor: Int, _ error: SensorError?, at now: Uptime) -> Change? {
    guard let error, error.isHang else {
      (hanging, failures) = ([], 0)
      defer { stuckSince = nil }
      return stuckSince.map { .freed(after: now - $0) }
    }
    hanging.insert(sensor)
    failures += 1
    guard stuckSince == nil, failures >= Self.failuresNeeded, hanging.count >= sensorsNeeded else { return nil }
    stuckSince = now
    return .stuck(failures: failures, sensors: hanging.count)
  }
}

extension SensorError {
  /// The transfer did not come to its end. The adapter of a Pi says EIO for a clock that is held low (Linux i2c-bcm2835).
  fileprivate var isHang: Bool {
    guard case .bus(let error) = self else { return false }
    return error.kind == .timeout || error.kind == .failed && error.code != 0
  }
}
