import Telemetry

/// A chip whose ALERT or data-ready output is wired to a GPIO line. An edge in either direction wakes the caller, and
/// the sample then tells what has happened. What the chip signals on its output is configured in the chip, not by its
/// driver: most chips power up as a thermostat with limits of their own.
///
/// If the line cannot be requested, the chip is read as if it had none, and the request is repeated from time to time.
package struct AlertedSensor: Sensor {
  private static let pause = Duration.seconds(60)

  private var sensor: any Sensor
  private let bank: any GPIOBank
  private let request: LineRequest
  private let tell: (BusError?) -> Void
  private var line: (any GPIOLine)?
  private var triedAt: Uptime?
  private var isMissed = false

  /// `tell` is called once with the error when the line becomes unavailable, and with nil when it is available again.
  package init(
    _ sensor: any Sensor, bank: any GPIOBank, request: LineRequest, tell: @escaping (BusError?) -> Void
  ) {
    self.sensor = sensor
    self.bank = bank
    self.request = request
    self.tell = tell
  }

  package var wakeUp: WakeUp? { line?.wakeUp }

  package mutating func start() throws(SensorError) { try sensor.start() }

  package mutating func sample() throws(SensorError) -> Sample {
    // Clear the edges before reading the chip: an edge that comes later is worth another sample.
    listen()
    return try sensor.sample()
  }

  private mutating func listen() {
    do throws(BusError) {
      if line == nil {
        guard triedAt.map({ bank.now - $0 >= Self.pause }) ?? true else { return }
        triedAt = bank.now
        line = try bank.input(request)
      }
      _ = try line?.edges()
      if isMissed { tell(nil) }
      isMissed = false
    } catch {
      line = nil
      if !isMissed { tell(error) }
      isMissed = true
    }
  }
}
