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

  private var sensors: Set<String>
  private var hanging: Set<String> = []
  private var failures = 0
  private var stuckSince: Uptime?

  public init(sensors: Set<String>) { self.sensors = sensors }

  public var isStuck: Bool { stuckSince != nil }

  /// These are the sensors of the bus from now on.
  public mutating func change(to sensors: Set<String>) {
    self.sensors = sensors
    hanging.formIntersection(sensors)
  }

  /// So many different ones have to fail.
  private var sensorsNeeded: Int { min(Self.failuresNeeded, sensors.count) }

  /// What came of an attempt to read a sensor.
  public mutating func heard(of sensor: String, _ error: SensorError?, at now: Uptime) -> Change? {
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
