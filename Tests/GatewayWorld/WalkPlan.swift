import Telemetry
import TestSupport

/// The configuration of a walk, which a reload changes, and the scenario of its sensors.
struct WalkPlan {
  private struct Sensor {
    let id: String
    let place: String
    let bus: String
    var every: Int
    /// Alarms and dead band.
    var extras: String
  }

  /// All sensors that there may be. `freezer` is wired to one of two buses.
  private static let places = [
    ("cold", "driver: tmp102, bus: i2c-1, address: 0x48", "i2c-1"),
    ("freezer", "driver: tmp105, bus: i2c-1, address: 0x49", "i2c-1"),
    ("freezer", "driver: tmp105, bus: i2c-2, address: 0x49", "i2c-2"),
    ("hall", "driver: sht3x, bus: i2c-1, address: 0x44", "i2c-1"),
    ("brine", "driver: ds18b20, device: 28-0316a2795bff", "w1"),
    ("cellar", "driver: lm75, bus: i2c-2, address: 0x4A", "i2c-2"),
  ]
  var sensors: [String] { Array(Set(Self.places.map(\.0))).sorted() }

  private var chosen: [Sensor] = []
  private var uplink = ""
  private let buffer: String
  let isNewestFirst: Bool
  /// The text has a mistake.
  var isBroken = false

  init(_ random: inout SeededRandom) {
    isNewestFirst = random.next() % 8 == 0
    let full = random.next() % 4 == 0 ? "refuse_newest" : "evict_oldest"
    let durable = ["1s", "5s", "30s"][Int(random.next() % 3)]
    let age = random.next() % 4 == 0 ? ", max_age: 1h" : ""
    buffer = "{directory: /spool, size: 1MiB, durable_after: \(durable), when_full: \(full)\(age)}"
    change(&random)
  }

  mutating func change(_ random: inout SeededRandom) {
    if chosen.isEmpty || random.next() % 3 != 0 {
      var found: [Sensor] = []
      for (id, place, bus) in Self.places where random.next() % 2 == 0 && !found.contains(where: { $0.id == id }) {
        found.append(
          Sensor(id: id, place: place, bus: bus, every: Self.interval(&random), extras: Self.extras(&random)))
      }
      if found.isEmpty {
        let (id, place, bus) = Self.places[0]
        found = [Sensor(id: id, place: place, bus: bus, every: 10, extras: "")]
      }
      chosen = found
    }
    if uplink.isEmpty || random.next() % 3 == 0 { uplink = Self.uplink(&random) }
  }

  /// Seldom a second: the more is read, the fewer hours pass.
  private static func interval(_ random: inout SeededRandom) -> Int {
    [1, 5, 10, 10, 30, 30, 60, 60, 60, 300, 300, 300][Int(random.next() % 12)]
  }

  private static func extras(_ random: inout SeededRandom) -> String {
    switch random.next() % 4 {
    case 0: ", alarms: {high: 20.5, low: 19.5}"
    case 1: ", alarms: {high: 21, hold: 30s, stale: 11m}"
    case 2: ", dead_band: 0.2"
    default: ""
    }
  }

  private static func uplink(_ random: inout SeededRandom) -> String {
    var parts = ["in_flight: \([1, 3, 20, 200][Int(random.next() % 4)])"]
    if random.next() % 3 == 0 {
      let gather = random.next() % 2 == 0 ? ", gather: 900ms" : ""
      parts.append("batch: {readings: \(2 + random.next() % 20)\(gather)}")
    }
    if random.next() % 4 == 0 { parts.append("rate: \(5 + random.next() % 50)") }
    if random.next() % 2 == 0 { parts.append("commands: {allow: [read-now, status]}") }
    return parts.joined(separator: ", ")
  }

  var text: String {
    let order = isNewestFirst ? ", order: newest_first" : ""
    let sensors = chosen.map { "  - {id: \($0.id), \($0.place), every: \($0.every)s\($0.extras)}" }
    return """
      device: {id: box}
      uplink: {broker: "mqtt://127.0.0.1:1", \(uplink)\(order)}
      buffer: \(buffer)
      status: {socket: /proc/no/socket/can/be/here}
      \(isBroken ? "sensor" : "sensors"):
      \(sensors.joined(separator: "\n"))

      """
  }

  /// Temperatures around the alarm limits, and faults that are over at the end of the walk.
  func scenario(within length: Duration, _ random: inout SeededRandom) -> Scenario {
    var scenario = Scenario()
    for id in sensors {
      let period = 200 + random.next() % 3_000
      let curve = "temperature: {sine: {base: 20, amplitude: 2, period: \(period)s}}"
      let kinds = id == "brine" ? ["crc", "disconnected"] : ["nack", "disconnected", "slow"]
      let faults = (0..<random.next() % 4).map { _ in Self.fault(kinds, within: length, &random) }
      scenario.sensors[id] = faults.isEmpty ? curve : "\(curve), faults: [\(faults.joined(separator: ", "))]"
    }
    if random.next() % 2 == 0 { scenario.buses["i2c-1"] = Self.fault(["stuck"], within: length, &random) }
    return scenario
  }

  private static func fault(_ kinds: [String], within length: Duration, _ random: inout SeededRandom) -> String {
    let kind = kinds[Int(random.next() % UInt64(kinds.count))]
    let begin = random.next() % UInt64(length.components.seconds - 600)
    return "{kind: \(kind), at: \(begin)s, for: \(1 + random.next() % 600)s\(kind == "slow" ? ", by: 300ms" : "")}"
  }
}
