import Configuration
import Drivers

/// A sensor whose file the systemd unit may hide from the daemon. If the file is missing, the fault says so: to a
/// person who can see the file, "not there" says nothing.
struct AdvisedSensor: Sensor {
  private var sensor: any Sensor
  private let hidden: HiddenPath

  /// The sensor itself, unless the unit may hide its file.
  static func made(_ sensor: any Sensor, _ settings: SensorSettings) -> any Sensor {
    guard let path = settings.options.text("path"), let hidden = HiddenPath(path, for: .value) else { return sensor }
    return AdvisedSensor(sensor, hidden)
  }

  private init(_ sensor: any Sensor, _ hidden: HiddenPath) {
    self.sensor = sensor
    self.hidden = hidden
  }

  var wakeUp: WakeUp? { sensor.wakeUp }

  mutating func start() throws(SensorError) {
    do throws(SensorError) { try sensor.start() } catch { throw advised(error) }
  }

  mutating func sample() throws(SensorError) -> Sample {
    do throws(SensorError) { return try sensor.sample() } catch { throw advised(error) }
  }

  private func advised(_ error: SensorError) -> SensorError {
    guard case .bus(let cause) = error, cause.kind == .absent || cause.kind == .denied else { return error }
    return .bus(BusError(cause.kind, cause.operation, code: cause.code, advice: hidden.advice))
  }
}
