import Configuration
import Drivers
import Linux
import Messages
import Sampling
import Telemetry

/// Reads each sensor of a configuration once, now, one after the other, for a person who looks on. Nothing is stored.
package struct OneShotRead {
  /// Result for one sensor.
  package struct Outcome: Sendable {
    package let sensor: SensorSettings
    package let result: Result<Sample, SensorError>
    /// The chip's values before correction; nil: the chip gave none.
    package let raw: Sample?
    package let duration: Duration
    /// The transfers on the sensor's bus.
    package let transfers: [String]
    /// The message that would be published, except for its sequence number, and its topic; nil without a sample.
    package let message: (topic: String, payload: [UInt8])?
  }

  private let settings: Settings
  private let board: Board
  private let trace = BusTrace()
  private let plan: UplinkPlan

  package init(_ settings: Settings, board: Board) {
    self.settings = settings
    self.board = board.traced(by: trace)
    plan = UplinkPlan(settings)
  }

  /// `wanted`: ids; nil: all sensors. `each` is called as soon as a sensor has been read.
  package func run(_ wanted: Set<String>?, each: (Outcome) throws -> Void) rethrows {
    var buses: [String: OpenBuses] = [:]
    for sensor in settings.sensors where wanted?.contains(sensor.id) ?? true {
      let open = buses[sensor.busName] ?? OpenBuses(board)
      buses[sensor.busName] = open
      try each(read(sensor, on: open))
    }
  }

  private func read(_ settings: SensorSettings, on buses: OpenBuses) -> Outcome {
    let begin = SystemClock.uptime()
    let (raw, result) = Self.sample(settings, buses)
    let duration = SystemClock.uptime() - begin
    let transfers = trace.take()
    var message: (topic: String, payload: [UInt8])?
    if case .success(let sample) = result { message = self.message(settings, sample) }
    return Outcome(
      sensor: settings, result: result, raw: raw, duration: duration, transfers: transfers, message: message)
  }

  private static func sample(
    _ settings: SensorSettings, _ buses: OpenBuses
  ) -> (raw: Sample?, result: Result<Sample, SensorError>) {
    let made: any Sensor
    do throws(BusError) {
      made = try buses.chip(settings)
    } catch {
      return (nil, .failure(.bus(error)))
    }
    var sensor = made
    var raw: Sample?
    var refinement = ValuePlan.refinement(settings)
    do throws(SensorError) {
      try sensor.start()
      let sample = try sensor.sample()
      raw = sample
      return (raw, .success(try refinement.refine(sample)))
    } catch {
      return (raw, .failure(error))
    }
  }

  private func message(_ settings: SensorSettings, _ sample: Sample) -> (topic: String, payload: [UInt8])? {
    let now = SystemClock.stamp()
    let reading = Reading(
      identity: Identity(sensor: settings.id, epoch: 0, sequence: 0), time: now.earlier(by: sample.age),
      quantities: sample.quantities,
      quality: sample.quality)
    let message = plan.encoder.message(for: [.reading(reading)], clock: ClockCorrection(now: now))
    return message.map { (plan.topics.place(of: $0.address), $0.payload) }
  }
}
