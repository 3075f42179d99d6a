import Telemetry

/// A chip whose ALERT or data-ready output is wired to a GPIO line: an edge of the line, either way, wakes whoever waits, and the
/// sample says what there is to say. What the chip puts on its output is set in the chip, not by its driver: most come up as a
/// thermostat with limits of their own.
///
/// Without the line the chip is read as if it had none; from time to time the line is asked for again.
package struct AlertedSensor: Sensor {
  private static let pause = Duration.seconds(60)

  private var sensor: any Sensor
  private let bank: any GPIOBank
  private let request: LineRequest
  private let tell: (BusError?) -> Void
  private var line: (any GPIOLine)?
  private var triedAt: Uptime?
  private var isMissed = false

  /// `tell` gets to know that the line cannot be had, once, and with nil that it can again.
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
    // Before the chip is read: an edge that comes later is worth another sample.
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
