import Configuration
import Drivers
import Messages
import Sampling
import Telemetry

/// The gateway's status at one moment. A value, built from what the threads have reported; `fieldpost status` and the
/// metrics are two ways to write it.
package struct StatusReport: Sendable {
  struct SensorStatus: Sendable {
    enum State: Hashable, Sendable {
      /// The sensor has not been read yet.
      case waiting
      case ok
      case fault(String, since: Stamp)
      /// The thread of the sensor's bus hangs.
      case notAnswering
    }

    let settings: SensorSettings
    let state: State
    let record: SensorRecord
    /// Nil: unknown, because the thread that keeps the alarms does not answer.
    let alarms: [StateReport.RaisedAlarm]?
  }

  struct BusStatus: Sendable {
    enum State: Hashable, Sendable {
      case healthy
      /// As far as can be told, a line is held low.
      case stuck(since: Stamp)
      /// The bus's thread has not returned from reading this sensor.
      case notAnswering(sensor: String, for: Duration)
    }

    let name: String
    let state: State
    let powerCycled: (at: Stamp, failure: BusError?)?
  }

  /// How long a read may take before its bus counts as hanging. A sample takes a few seconds at most: a DHT22 that is
  /// tried twice takes five.
  static let patience = Duration.seconds(10)

  let now: Stamp
  let startedAt: Stamp
  let epoch: UInt32
  let settings: Settings
  let sensors: [SensorStatus]
  let buses: [BusStatus]
  let uplink: UplinkHistory
  let refusal: ReloadRefusal?
  let answers: ThreadFigures

  init(_ settings: Settings, _ facts: StatusFacts, _ answers: ThreadFigures, at now: Stamp) {
    self.now = now
    self.settings = settings
    self.answers = answers
    (startedAt, epoch, uplink, refusal) = (facts.startedAt, facts.epoch, facts.uplink, facts.refusal)
    let buses = Self.buses(settings, facts.healthBoard, at: now.uptime)
    self.buses = buses
    let alarms = answers.spool?.report.alarms
    sensors = settings.sensors.map { sensor in
      let record = facts.healthBoard.sensor(sensor.id)
      let hangs = buses.contains { $0.name == sensor.busName && $0.isHanging }
      return SensorStatus(
        settings: sensor, state: Self.state(record, hangs: hangs), record: record ?? SensorRecord(),
        alarms: alarms?.filter { $0.alarm.name.sensor == sensor.id })
    }
  }

  private static func buses(_ settings: Settings, _ healthBoard: HealthBoard, at now: Uptime) -> [BusStatus] {
    var names: [String] = []
    for sensor in settings.sensors where !names.contains(sensor.busName) { names.append(sensor.busName) }
    return names.map { name in
      let record = healthBoard.bus(name) ?? BusRecord()
      var state = record.stuckSince.map { BusStatus.State.stuck(since: $0) } ?? .healthy
      if let (sensor, since) = record.reading, now - since >= patience {
        state = .notAnswering(sensor: sensor, for: now - since)
      }
      return BusStatus(name: name, state: state, powerCycled: record.powerCycled)
    }
  }

  private static func state(_ record: SensorRecord?, hangs: Bool) -> SensorStatus.State {
    if hangs { return .notAnswering }
    guard let record else { return .waiting }
    return record.fault.map { .fault("\($0.error)", since: $0.since) } ?? .ok
  }

  /// Where the sensor is attached, for a person.
  func place(_ sensor: SensorSettings) -> String {
    if case .i2c(let bus, let address) = sensor.connection { return "\(bus) \(address)" }
    let named = ["line", "device", "zone", "name", "path"].compactMap(sensor.options.text).first
    return ([sensor.busName == "gpio \(sensor.id)" ? "gpio" : sensor.busName] + [named].compactMap { $0 })
      .joined(separator: " ")
  }

  /// Nil: the stamp is from before the last boot, and one of the clocks was not set, or was set back since.
  func age(of stamp: Stamp) -> Duration? {
    if stamp.boot == now.boot, now.boot != .unknown { return now.uptime - stamp.uptime }
    guard stamp.synced, now.synced else { return nil }
    let age = Duration.nanoseconds(now.wall.nanoseconds) - .nanoseconds(stamp.wall.nanoseconds)
    return age < .zero ? nil : age
  }

  var brokerName: String { settings.uplink.brokers[uplink.broker % settings.uplink.brokers.count].name }
}

extension StatusReport.BusStatus {
  var isHanging: Bool { if case .notAnswering = state { true } else { false } }
}
