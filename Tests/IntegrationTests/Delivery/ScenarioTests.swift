import Foundation
import Testing

/// The real daemon on simulated chips that a scenario moves, and a real broker.
@Suite("Scenarios", .serialized)
struct ScenarioTests {
  let workplace: Workplace
  let broker: Broker
  let subscriber: Subscriber

  static let sensors = """
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s}
      - {id: b, driver: sht3x, bus: i2c-1, address: 0x44, every: 1s}
      - {id: c, driver: mcp9808, bus: i2c-1, address: 0x18, every: 1s}
      - {id: w, driver: ds18b20, device: 28-0316a2795e3c, every: 1s}
      - {id: door, driver: contact, line: GPIO17, every: 1s}
    """

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    subscriber = try Subscriber(port: broker.port)
  }

  private func start(_ scenario: String, _ sensors: String = sensors) throws -> Program {
    let file = try workplace.write(scenario, to: "story/scenario.yaml")
    return try Daemon.start(
      workplace, configuration: Daemon.configuration(workplace, broker: broker.url, sensors: sensors),
      options: ["--scenario", file])
  }

  /// `sensor_fault`, `sensor_recovered` and so on of one sensor, as they came.
  private func events(_ concerned: String) -> [String] {
    subscriber.messages.compactMap { message in
      guard message.json["concerns"] as? String == concerned else { return nil }
      return message.json["event"] as? String
    }
  }

  /// Those of all buses.
  private var busEvents: [String] {
    subscriber.messages.compactMap { $0.json["event"] as? String }.filter { $0.hasPrefix("bus_") }
  }

  /// The different values, in their order.
  private func values(_ sensor: String, _ quantity: String = "temperature") -> [Double] {
    subscriber.readings(of: sensor).compactMap { $0.value(quantity) }.reduce(into: []) {
      if $0.last != $1 { $0.append($1) }
    }
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("Values follow the files, and what goes wrong is told when it begins and when it ends")
  func story() throws {
    // Nobody sees the value of `a` while `a` does not answer.
    try workplace.write("seconds,celsius\n0,10\n4,11\n8.5,12\n11,-13.25\n", to: "story/values.csv")
    try workplace.write("0,1\n5,0\n10,1\n", to: "story/door.csv")
    let daemon = try start(
      """
      sensors:
        - id: a
          temperature: {replay: {file: values.csv, between: hold}}
          faults: [{kind: nack, at: 8s, for: 3500ms}]
        - id: b
          temperature: {constant: 21.5}
          humidity: {constant: 45}
          faults: [{kind: crc, at: 3s, for: 3s}]
        - id: c
          temperature: {constant: 30}
          faults: [{kind: disconnected, at: 3s, for: 3s}]
        - id: w
          temperature: {constant: 4}
          faults: [{kind: nack, at: 3s, for: 3s}]
        - {id: door, contact: {replay: {file: door.csv}}}
      """)
    for sensor in ["a", "b", "c", "w"] {
      #expect(
        subscriber.waits { _ in events(sensor) == ["sensor_fault", "sensor_recovered"] },
        "\(sensor): \(events(sensor)) \(daemon.lines)")
    }
    #expect(subscriber.waits { _ in values("a").last == -13.25 && values("door", "contact").count >= 3 })
    #expect(values("a") == [10, 11, -13.25])
    #expect(values("door", "contact") == [1, 0, 1])
    // Within a step of the chip; a garbled reply is no reading.
    #expect(values("b").allSatisfy { abs($0 - 21.5) < 0.01 })
    #expect(!values("b").isEmpty)
    #expect(values("c") == [30])
    #expect(values("w") == [4])
    #expect(daemon.lines.contains { $0.contains("b: ") && $0.contains("checksum") }, "\(daemon.lines)")
    #expect(busEvents == [])
    end(daemon)
  }

  @Test("A bus that is stuck is told, and cured by its power line")
  func stuckBus() throws {
    let daemon = try start(
      """
      sensors: [{id: a, temperature: {constant: 5}}]
      buses: [{name: i2c-1, faults: [{kind: stuck, at: 3s}]}]
      """,
      Self.sensors + "\nbuses: [{name: i2c-1, power_line: GPIO27}]\n")
    #expect(
      subscriber.waits { _ in busEvents == ["bus_fault", "bus_recovered"] },
      "\(busEvents) \(daemon.lines)")
    let before = subscriber.readings(of: "a").count
    #expect(subscriber.waits { _ in subscriber.readings(of: "a").count >= before + 3 }, "\(daemon.lines)")
    #expect(values("a") == [5])
    // The sensors that are not on the bus noticed nothing.
    #expect(events("w") == [])
    #expect(events("door") == [])
    end(daemon)
  }

  @Test("A scenario with mistakes: all of them, and exit status 78, for the daemon and the tool")
  func mistakes() throws {
    let file = try workplace.write(
      "sensors:\n  - {id: A1}\n  - {id: a, faults: [{kind: nock}]}\n", to: "scenario.yaml")
    let devices = try workplace.write(
      Daemon.configuration(workplace, broker: broker.url, sensors: Self.sensors), to: "devices.yaml")
    for (program, arguments) in [("fieldpostd", []), ("fieldpost", ["read"])] {
      let run = try Program(programs + "/" + program, arguments + ["--scenario", file, devices])
      #expect(run.exitStatus() == 78)
      #expect(run.lines.contains { $0.hasPrefix("\(file):2:10: error: ") }, "\(run.lines)")
      #expect(run.lines.contains { $0.hasPrefix("\(file):3:29: error: ") && $0.contains("did you mean \"nack\"?") })
      #expect(run.lines.last == "2 errors in \(file)")
    }
    let forgotten = try Program(programs + "/fieldpostd", ["--simulate", file, devices])
    #expect(forgotten.exitStatus() == 64)
    #expect(forgotten.lines.last?.contains("a scenario follows --scenario") == true, "\(forgotten.lines)")
  }

  @Test("fieldpost read shows what goes wrong from the start")
  func read() throws {
    let file = try workplace.write(
      """
      sensors:
        - {id: a, temperature: {constant: -7}}
        - {id: b, faults: [{kind: crc}]}
        - {id: w, faults: [{kind: disconnected}]}
      """, to: "scenario.yaml")
    let devices = try workplace.write(
      Daemon.configuration(workplace, broker: broker.url, sensors: Self.sensors), to: "devices.yaml")
    let run = try Program(programs + "/fieldpost", ["read", "--scenario", file, devices])
    #expect(run.exitStatus() == 1)
    let text = run.lines.joined(separator: "\n")
    #expect(text.contains("-7 °C"), "\(text)")
    #expect(text.contains("checksum"), "\(text)")
    #expect(text.contains("2 of 5 could not be read"), "\(text)")
  }
}
