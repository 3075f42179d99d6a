import Configuration
import Telemetry

/// The status as metrics. Values are in base units, whatever unit is published: °C, Pa, and ratios of 0 … 1.
extension StatusReport {
  private typealias Samples = [(labels: [OpenMetrics.Label], value: String)]

  var metrics: [UInt8] {
    var text = OpenMetrics()
    let about = [OpenMetrics.Label("version", fieldpostVersion), .init("device", settings.device.id)]
    text.add("build_info", .gauge, "Always 1.", [(about, "1")])
    text.add("healthy", .gauge, "1: healthy, 0: degraded; fieldpost status says why.", flag(reasons.isEmpty))
    text.add("uptime", .gauge, unit: "seconds", "Since the daemon started.", (now.uptime - startedAt.uptime).inSeconds)
    text.add("clock_synced", .gauge, "1: the clock is set.", flag(now.synced))
    addSensors(&text)
    addUplink(&text)
    addSpool(&text)
    return text.end()
  }

  private func addSensors(_ text: inout OpenMetrics) {
    text.add("sensor_up", .gauge, "1: the sensor can be read.", ofSensors { flag($0.state == .ok) })
    text.add(
      "sensor_age", .gauge, unit: "seconds", "Of the last sample.",
      ofSensors { sensor in sensor.record.last.map { (now.uptime - $0.at.uptime).inSeconds } })
    for (kind, name, unit) in Self.quantities {
      text.add("sensor_\(name)", .gauge, unit: unit, "The last sample, not in a fault.", values(kind))
    }
    text.add("readings_taken", .counter, "Attempts that gave a sample.", ofSensors { "\($0.record.taken)" })
    text.add("readings_failed", .counter, "Attempts that gave none.", ofSensors { "\($0.record.failed)" })
    text.add("sensor_faults", .counter, "Faults that have begun.", ofSensors { "\($0.record.faults)" })
    text.add(
      "alarms_raised", .gauge, "Alarms that are raised.", ofSensors { sensor in sensor.alarms.map { "\($0.count)" } })
    let buses = self.buses.map { ([OpenMetrics.Label("bus", $0.name)], flag($0.state == .healthy)) }
    text.add("bus_up", .gauge, "1: the bus does not hang.", buses)
  }

  private func addUplink(_ text: inout OpenMetrics) {
    text.add("uplink_connected", .gauge, "1: connected to the broker.", flag(uplink.isConnected))
    text.add("uplink_connections", .counter, "Connections that the broker has accepted.", "\(uplink.connections)")
    text.add("uplink_dead_letters", .counter, "Messages that the broker will never take.", "\(uplink.deadLetters)")
    guard let figures = answers.uplink else { return }
    text.add("uplink_in_flight", .gauge, "Messages on their way.", "\(figures.inFlight)")
    text.add("uplink_held_streams", .gauge, "Sensors whose messages the broker refuses.", "\(figures.held.count)")
  }

  private func addSpool(_ text: inout OpenMetrics) {
    guard let spool = answers.spool else { return }
    let report = spool.report
    text.add("spool_waiting_records", .gauge, "Not yet acknowledged by the broker.", "\(report.waiting)")
    text.add("spool_durable_records", .gauge, "Those of them on the disk.", "\(report.durable)")
    if let age = spool.oldest.flatMap(age) {
      text.add("spool_oldest_waiting", .gauge, unit: "seconds", "Age of the oldest one.", age.inSeconds)
    }
    if let left = report.timeLeft {
      text.add("spool_time_left", .gauge, unit: "seconds", "Until it would be full without a broker.", left.inSeconds)
    }
    text.add("spool_degraded", .gauge, "1: the disk cannot be written.", flag(report.isDegraded))
    let sums: [(String, String, UInt64)] = [
      ("taken", "Readings and events, since the buffer was made.", report.taken),
      ("acknowledged", "Those that the broker has.", report.acknowledged),
      ("evicted", "Given up to make room.", report.evicted), ("expired", "Given up as too old.", report.expired),
      ("lost", "Lost with bad blocks.", report.lost), ("refused", "Not taken for want of room.", report.refused),
    ]
    for (name, help, sum) in sums { text.add("spool_\(name)_records", .counter, help, "\(sum)") }
    let written = UInt64(clamping: spool.sinceStart.bytesWritten)
    text.add("spool_written", .counter, unit: "bytes", "Written to the disk since the start.", "\(written)")
  }

  private static let quantities: [(Quantity.Kind, name: String, unit: String?)] = [
    (.temperature, "temperature", "celsius"), (.humidity, "humidity", "ratio"), (.pressure, "pressure", "pascals"),
    (.contact, "contact_closed", nil),
  ]

  /// Values of the sensors that have this quantity and no fault: an old value must not look like a new one.
  private func values(_ kind: Quantity.Kind) -> Samples {
    ofSensors { sensor in
      guard sensor.state == .ok, let quantities = sensor.record.last?.sample.quantities else { return nil }
      return quantities.first { $0.kind == kind }.map { decimal(micros: Self.inBaseUnit($0)) }
    }
  }

  private static func inBaseUnit(_ quantity: Quantity) -> Int64 {
    switch quantity.kind {
    case .temperature, .contact: quantity.micros
    case .humidity: quantity.micros / 100
    case .pressure: quantity.micros * 100
    }
  }

  private func ofSensors(_ value: (SensorStatus) -> String?) -> Samples {
    sensors.compactMap { sensor in value(sensor).map { ([OpenMetrics.Label("sensor", sensor.settings.id)], $0) } }
  }

  private func flag(_ isSet: Bool) -> String { isSet ? "1" : "0" }
}
