import Drivers
import Simulation
import Telemetry
import Testing

/// The values of a chip for temperature and humidity, in millionths of a degree and of a percent.
func climate(_ temperature: Int64, _ humidity: Int64) -> Sample {
  Sample([
    .temperature(Temperature(microcelsius: temperature)), .humidity(RelativeHumidity(micropercent: humidity)),
  ])
}

extension SensorError {
  /// Which error it is, without its evidence.
  var kind: String {
    switch self {
    case .bus: "bus"
    case .checksum: "checksum"
    case .wrongChip, .anotherChip: "wrong chip"
    case .notReady: "not ready"
    case .outOfRange: "out of range"
    case .implausible: "implausible"
    case .powerOnValue: "power-on value"
    case .malformed: "malformed"
    case .notFound: "not found"
    }
  }
}

/// The error of a driver that is started on another driver's twin.
func startError(of driver: String, onTwinOf twin: String, at address: UInt8) throws -> SensorError? {
  let time = ManualTime()
  let place = SimulatedBoard.Wiring.Place.i2c(bus: BusPath("i2c-1"), address: try #require(I2CAddress(address)))
  let board = SimulatedBoard([.init(sensor: "s", driver: twin, place: place)], time: time.source)
  var sensor = try sensor(driver, on: board.i2c("i2c-1"), at: address)
  return failure { try sensor.start() }
}

extension ScriptedBus.Step {
  /// The same steps, several times.
  static func repeated(_ count: Int, _ steps: ScriptedBus.Step...) -> [ScriptedBus.Step] {
    (0..<count).flatMap { _ in steps }
  }
}
