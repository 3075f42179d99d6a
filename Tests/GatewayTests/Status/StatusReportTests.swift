import Configuration
import Display
import Drivers
import Foundation
import Telemetry
import Testing

@testable import Gateway
@testable import Sampling
@testable import Uplink

/// The status of a gateway in every condition: the facts, the reasons, the document as the tool reads it, the metrics.
@Suite struct StatusReportTests {
  private var facts: StatusFacts
  private let settings: Settings
  private var answers = ThreadFigures(
    spool: SpoolFigures(), uplink: .init(inFlight: 2, held: [], protocolName: "MQTT 5"))

  private static let file = """
    device: {id: box}
    uplink: {broker: ["mqtt://one", "mqtt://two"]}
    sensors:
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, unit: F, round: 0.1}
      - {id: hall, driver: bme280, bus: i2c-1, address: 0x76}
      - {id: brine, driver: ds18b20, device: 28-0316a2795bff}
      - {id: air, driver: dht22, line: GPIO4}
      - {id: door, driver: contact, line: GPIO17}
    """

  init() throws {
    settings = try ConfigurationLoader.load(Array(Self.file.utf8), file: "f", environment: { _ in nil })
    facts = StatusFacts(startedAt: Self.stamp(0))
    facts.uplink.heard(.connected(broker: 1), at: Self.stamp(1))
    for (sensor, bus) in [("a", "i2c-1"), ("hall", "i2c-1"), ("brine", "w1"), ("air", "gpio air"), ("door", "gpio")] {
      facts.healthBoard.began(sensor, on: bus, at: Self.stamp(10).uptime)
      let quantity: Quantity =
        sensor == "door" ? .contact(true) : .temperature(Temperature(microcelsius: 21_512_345))
      let others: [Quantity] = [
        .humidity(RelativeHumidity(micropercent: 45_200_000)), .pressure(Pressure(microhectopascal: 1_013_250_000)),
      ]
      let sample = Sample([quantity] + (sensor == "hall" ? others : []))
      facts.healthBoard.ended(sensor, on: bus, .success(sample), at: Self.stamp(10))
    }
  }

  private static func stamp(_ seconds: Int64, synced: Bool = true) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: seconds * 1_000_000_000),
      wall: WallTime(nanoseconds: (1_795_000_000 + seconds) * 1_000_000_000), synced: synced)
  }

  private func report(at seconds: Int64 = 12) -> StatusReport {
    StatusReport(settings, facts, answers, at: Self.stamp(seconds))
  }

  private func document(at seconds: Int64 = 12) throws -> StatusDocument {
    try StatusDocument.parse(report(at: seconds).json)
  }

  private func metrics() -> [Substring] { String(decoding: report().metrics, as: UTF8.self).split(separator: "\n") }

  private static let noAnswer = SensorError.bus(BusError(.noAcknowledge, "read 2 bytes", code: 121))

  @Test("Healthy: no reasons, values as they are published, places, and what is best effort")
  func healthy() throws {
    let status = try document()
    #expect(status.health == .healthy)
    #expect(status.reasons.isEmpty)
    #expect(status.device == "box")
    #expect(status.uptime == 12)
    #expect(status.clock.synced)
    #expect(!status.clock.corrected)
    #expect(status.sensors.map(\.id) == ["a", "hall", "brine", "air", "door"])
    let places = ["i2c-1 0x48", "i2c-1 0x76", "w1 28-0316a2795bff", "gpio GPIO4", "gpio GPIO17"]
    #expect(status.sensors.map(\.place) == places)
    #expect(status.sensors.map(\.isBestEffort) == [false, false, false, true, false])
    #expect(status.sensors.allSatisfy { $0.state == "ok" && $0.success == 1 && $0.age == 2 })
    let first = try #require(status.sensors[0].values?.first)
    #expect(first.content == .number(70.7))
    #expect(first.unit == "°F")
    #expect(status.sensors[1].values?.map(\.content) == [.number(21.512345), .number(45.2), .number(1013.25)])
    #expect(status.sensors[4].values?.map(\.content) == [.closed(true)])
    #expect(status.buses.map(\.name) == ["i2c-1", "w1", "gpio air", "gpio"])
    #expect(status.uplink.state == "connected")
    #expect(status.uplink.broker == "two:1883")
    #expect(status.uplink.inFlight == 2)
    #expect(status.uplink.seconds == 11)
    #expect(status.uplink.reconnects == 0)
    #expect(status.uplink.protocol == "MQTT 5")
  }

  @Test("A sensor that cannot be read degrades, and keeps its last value in the document but not in the metrics")
  mutating func fault() throws {
    facts.healthBoard.ended("hall", on: "i2c-1", .failure(Self.noAnswer), at: Self.stamp(11))
    let status = try document(at: 71)
    #expect(status.health == .degraded)
    #expect(status.reasons == ["hall: cannot be read for 1 min 0 s: \(Self.noAnswer)"])
    let hall = status.sensors[1]
    #expect(hall.state == "fault")
    #expect(hall.fault?.text == "\(Self.noAnswer)")
    #expect(hall.fault?.seconds == 60)
    #expect(hall.values?.count == 3)
    #expect(hall.age == 61)
    #expect(hall.faults == 1)
    #expect(hall.success == 0.5)
    let lines = metrics()
    #expect(lines.contains("fieldpost_sensor_up{sensor=\"hall\"} 0"))
    #expect(!lines.contains { $0.hasPrefix("fieldpost_sensor_temperature_celsius{sensor=\"hall\"}") })
    #expect(lines.contains("fieldpost_readings_failed_total{sensor=\"hall\"} 1"))
  }

  @Test("A bus that hangs is not answering, with all that is on it; what it said stays, and others are not touched")
  mutating func hangingBus() throws {
    facts.healthBoard.began("a", on: "i2c-1", at: Self.stamp(20).uptime)
    #expect(try document(at: 29).health == .healthy, "a slow sensor is no hanging one")
    let status = try document(at: 32)
    #expect(status.reasons == ["i2c-1: not answering: reading a for 12 s"])
    #expect(status.sensors.map(\.state) == ["not answering", "not answering", "ok", "ok", "ok"])
    #expect(status.sensors[0].values?.count == 1)
    #expect(status.buses.map(\.state) == ["not answering", "healthy", "healthy", "healthy"])
    #expect(status.buses[0].reading?.sensor == "a")
    #expect(status.buses[0].reading?.seconds == 12)
  }

  @Test("A stuck bus, and one whose sensors were switched off and on")
  mutating func stuckBus() throws {
    facts.healthBoard.changed("i2c-1", .stuck(failures: 3, chips: 2), at: Self.stamp(11))
    facts.healthBoard.cycledPower(of: "i2c-1", nil, at: Self.stamp(12))
    var status = try document(at: 15)
    #expect(status.buses[0].state == "stuck")
    #expect(status.buses[0].powerCycled?.seconds == 3)
    #expect(status.reasons == ["i2c-1: stuck for 4.0 s: something holds a line low"])
    facts.healthBoard.changed("i2c-1", .freed(after: .seconds(4)), at: Self.stamp(16))
    status = try document(at: 17)
    #expect(status.health == .healthy)
    #expect(status.buses[0].powerCycled?.seconds == 5)
  }

  @Test("A bus whose sensors left the configuration and came back is not stuck any more")
  mutating func busComesBack() throws {
    facts.healthBoard.changed("i2c-1", .stuck(failures: 3, chips: 2), at: Self.stamp(11))
    facts.healthBoard.forget(bus: "i2c-1")
    #expect(try document(at: 15).health == .healthy)
  }

  @Test("A devices.yaml that was refused: what runs is not what would start")
  mutating func refusedReload() throws {
    facts.refusal = ReloadRefusal(cause: .mistakes(2), since: Self.stamp(10))
    var status = try document(at: 15)
    #expect(status.health == .degraded)
    #expect(
      status.reasons == [
        "devices.yaml: refused 5.0 s ago, 2 mistakes: the daemon would not start with it: fieldpost check"
      ])
    facts.refusal = ReloadRefusal(cause: .needsRestart("device.id, buffer"), since: Self.stamp(10))
    status = try document(at: 15)
    #expect(status.reasons == ["devices.yaml: refused 5.0 s ago: only a restart can change device.id, buffer"])
  }

  @Test("A connection on which nothing gets through is not healthy, if something waits")
  mutating func standstill() throws {
    answers.uplink = UplinkFigures(inFlight: 1, held: [], lacksProgress: .seconds(8), protocolName: "MQTT 5")
    answers.spool?.report.waiting = 245
    #expect(try document().health == .healthy, "it has not taken too long yet")
    answers.uplink = UplinkFigures(inFlight: 1, held: [], lacksProgress: .seconds(70), protocolName: "MQTT 5")
    let reason = try document().reasons.first ?? ""
    #expect(
      reason.hasPrefix("uplink: connected to two:1883, which has acknowledged nothing for 1 min 10 s"), "\(reason)")
    #expect(reason.contains("245 records waiting"))
    #expect(metrics().contains("fieldpost_healthy 0"))
    answers.spool?.report.waiting = 0
    #expect(try document().health == .healthy)
  }

  @Test("Connections that are ended again and again: perhaps by another client with the same id")
  mutating func flapping() throws {
    facts.uplink.heard(.flapping(connections: 6, within: .seconds(34)), at: Self.stamp(2))
    let reasons = try document().reasons
    #expect(reasons.count == 1 && reasons[0].contains("another client may use the client id \"box\""), "\(reasons)")
    #expect(try document(at: 100).health == .healthy)
  }

  @Test("Not connected: to whom, for how long, why, and when the next attempt is due")
  mutating func disconnected() throws {
    facts.uplink.heard(
      .lostConnection(.noAcknowledgement(after: .seconds(8)), broker: 1, inFlight: 2, retryIn: .seconds(5)),
      at: Self.stamp(9))
    let status = try document()
    #expect(status.uplink.state == "waiting")
    #expect(status.uplink.retryIn == 2)
    #expect(status.reasons == ["uplink: not connected to two:1883 for 3.0 s: no acknowledgement within 8.0 s"])
    #expect(metrics().contains("fieldpost_uplink_connected 0"))
    #expect(try document(at: 20).uplink.state == "connecting")
  }

  @Test("Threads that do not answer are named, and the rest of the status is whole")
  mutating func silentThreads() throws {
    answers = ThreadFigures()
    let status = try document()
    #expect(status.spool == nil)
    #expect(status.uplink.inFlight == nil)
    #expect(status.uplink.state == "connected")
    #expect(status.reasons == ["uplink: its thread does not answer", "spool: its thread does not answer"])
    #expect(status.sensors.allSatisfy { $0.state == "ok" })
    #expect(metrics().last == "# EOF")
  }

  @Test("What the broker does not take is a reason, a raised alarm is none")
  mutating func heldAndAlarms() throws {
    answers.uplink = UplinkFigures(inFlight: 0, held: ["a", "hall"], protocolName: "MQTT 3.1.1")
    var figures = SpoolFigures()
    let name = Alarm.Name(sensor: "hall", kind: .high, quantity: .temperature)
    figures.report.alarms = [.init(Alarm(name, value: 1, threshold: 0), since: Self.stamp(5))]
    answers.spool = figures
    let status = try document()
    #expect(status.reasons == ["uplink: the broker does not take messages of a, hall: they are kept"])
    #expect(status.sensors[1].alarms?.map(\.alarm) == ["high"])
    #expect(status.sensors[0].alarms?.isEmpty == true)
    #expect(metrics().contains("fieldpost_alarms_raised{sensor=\"hall\"} 1"))
  }

  @Test("While the thread that keeps the alarms does not answer, they are unknown: not none")
  mutating func unknownAlarms() throws {
    answers.spool = nil
    #expect(try document().sensors.allSatisfy { $0.alarms == nil })
    #expect(!metrics().contains { $0.hasPrefix("fieldpost_alarms_raised{") })
  }

  @Test("An interval that a command has set is the one that is shown, until the sensor is set up anew")
  mutating func commandedInterval() throws {
    func every() throws -> Double? {
      let json = try JSONSerialization.jsonObject(with: Data(report().json)) as? [String: Any]
      return (json?["sensors"] as? [[String: Any]])?.first?["every"] as? Double
    }
    let usual = try every()
    facts.healthBoard.commanded(.seconds(7), of: "a")
    #expect(try every() == 7)
    facts.healthBoard.commanded(nil, of: "a")
    #expect(try every() == usual)
    #expect(usual != 7)
  }

  @Test("A disk that fails, and records that were given up of late")
  mutating func spool() throws {
    var figures = SpoolFigures()
    figures.report.isDegraded = true
    figures.report.waiting = 7
    figures.oldest = Self.stamp(2)
    figures.sinceStart.evicted = 3
    figures.sinceStart.refused = 1
    figures.sinceStart.bytesWritten = 8_192
    answers.spool = figures
    #expect(try document().reasons == ["spool: the disk cannot be written: readings are in memory only"])
    figures.isLosing = true
    answers.spool = figures
    let status = try document()
    #expect(
      status.reasons.last
        == "spool: records were given up within the last hour; since the start: 3 evicted, 1 refused")
    #expect(status.spool?.waiting == 7)
    #expect(status.spool?.oldest?.seconds == 10)
    #expect(status.spool?.sinceStart.bytesWritten == 8_192)
    #expect(metrics().contains("fieldpost_spool_oldest_waiting_seconds 10"))
  }

  @Test("Where nobody knows the boot, two stamps need not be of the same one")
  func unknownBoot() {
    func stamp(_ seconds: Int64, synced: Bool) -> Stamp {
      let wall = WallTime(nanoseconds: (1_795_000_000 + seconds) * 1_000_000_000)
      // After the next boot the uptime begins again.
      return Stamp(boot: .unknown, uptime: Uptime(nanoseconds: abs(seconds)), wall: wall, synced: synced)
    }
    func age(synced: Bool) -> Duration? {
      StatusReport(settings, facts, answers, at: stamp(12, synced: synced)).age(of: stamp(-600, synced: synced))
    }
    #expect(age(synced: true) == .seconds(612))
    #expect(age(synced: false) == nil)
  }

  @Test("What waits since before the last boot is as old as the clocks say, if both were set")
  mutating func formerBoot() throws {
    func age(_ waiting: Stamp) throws -> Double? {
      var figures = SpoolFigures()
      figures.oldest = waiting
      answers.spool = figures
      return try document().spool?.oldest?.seconds
    }
    let wall = WallTime(nanoseconds: Self.stamp(-600).wall.nanoseconds)
    let uptime = Uptime(nanoseconds: 9_999_000_000_000)
    #expect(try age(Stamp(boot: BootID(7), uptime: uptime, wall: wall, synced: true)) == 612)
    #expect(try age(Stamp(boot: BootID(7), uptime: uptime, wall: wall, synced: false)) == nil)
    // The clock was set back between the boots.
    let later = WallTime(nanoseconds: Self.stamp(600).wall.nanoseconds)
    #expect(try age(Stamp(boot: BootID(7), uptime: uptime, wall: later, synced: true)) == nil)
  }

  @Test("A clock that was set after the start corrects what was before")
  mutating func clock() throws {
    facts = StatusFacts(startedAt: Self.stamp(0, synced: false))
    #expect(try document().clock.corrected)
    let before = StatusReport(settings, facts, answers, at: Self.stamp(12, synced: false))
    let status = try StatusDocument.parse(before.json)
    #expect(!status.clock.synced)
    #expect(!status.clock.corrected)
  }

  @Test("Metrics are in base units, whatever is published, and every family stands once")
  func baseUnits() {
    let lines = metrics()
    for line in [
      "fieldpost_sensor_temperature_celsius{sensor=\"a\"} 21.512345",
      "fieldpost_sensor_humidity_ratio{sensor=\"hall\"} 0.452", "fieldpost_sensor_contact_closed{sensor=\"door\"} 1",
      "fieldpost_sensor_pressure_pascals{sensor=\"hall\"} 101325", "# TYPE fieldpost_readings_taken counter",
      "fieldpost_readings_taken_total{sensor=\"a\"} 1", "# UNIT fieldpost_sensor_age_seconds seconds",
      "fieldpost_bus_up{bus=\"gpio air\"} 1",
    ] {
      #expect(lines.contains(line[...]), "\(line)")
    }
    let types = lines.filter { $0.hasPrefix("# TYPE ") }
    #expect(Set(types).count == types.count)
  }
}
