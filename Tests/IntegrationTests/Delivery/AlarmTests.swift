import Foundation
import Testing

/// The real daemon and a real broker; a directory shaped like /sys in place of the sensors.
@Suite("Alarms", .serialized)
struct AlarmTests {
  let workplace: Workplace
  let broker: Broker
  let subscriber: Subscriber

  static let freezer = "sys/class/hwmon/hwmon3"
  static let hall = "sys/class/hwmon/hwmon4"
  static let sensors = """
      - id: freezer
        driver: hwmon
        name: freezer
        every: 1s
        offset: -1
        round: 0.1
        unit: F
        alarms: {high: -15, hysteresis: 1, stale: 1h}
      - id: hall
        driver: hwmon
        name: hall
        every: 1s
        range: {low: 0, high: 50}
        dead_band: 5
        alarms: {stale: 2s}
    """

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    subscriber = try Subscriber(port: broker.port)
    try workplace.write("freezer\n", to: "\(Self.freezer)/name")
    try workplace.write("hall\n", to: "\(Self.hall)/name")
    try set(freezer: -18_000)
    try set(hall: 20_000)
  }

  /// Thousandths of a degree, as the chip says it.
  private func set(freezer milli: Int) throws { try workplace.write("\(milli)\n", to: "\(Self.freezer)/temp1_input") }
  private func set(hall milli: Int) throws { try workplace.write("\(milli)\n", to: "\(Self.hall)/temp1_input") }

  private func start(_ sensors: String = sensors) throws -> Program {
    try Daemon.start(
      workplace, configuration: Daemon.configuration(workplace, broker: broker.url, sensors: sensors),
      options: ["--root", workplace.directory])
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
  }

  @Test("An alarm does not wait until readings are gathered")
  func gathering() throws {
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: broker.url, uplink: "  batch: {readings: 20, gather: 5m}", buffer: "  durable_after: 10m",
        sensors: Self.sensors),
      options: ["--root", workplace.directory])
    // After the first answer of the buffer it is not asked again for five minutes.
    try #require(subscriber.waits { $0.contains { $0.json["event"] as? String == "started" } }, "\(daemon.lines)")
    try set(freezer: 5_000)
    #expect(subscriber.waits { Self.alarms($0).contains("freezer high raised") })
    end(daemon)
  }

  /// `freezer high raised`, each as often as it came.
  private var alarms: [String] { Self.alarms(subscriber.messages) }

  private static func alarms(_ messages: [Received]) -> [String] {
    messages.compactMap { message in
      guard let event = message.json["event"] as? String, event.hasPrefix("alarm_"),
        let sensor = message.json["concerns"] as? String, let alarm = message.json["alarm"] as? String
      else { return nil }
      return "\(sensor) \(alarm) \(event.dropFirst(6))"
    }
  }

  /// The retained state, as a dashboard that connects now gets it.
  private func listed() throws -> [String]? {
    let late = try Subscriber(port: broker.port)
    defer { late.end() }
    var found: [String]?
    _ = late.waits(within: .seconds(10)) { messages in
      guard let state = messages.first(where: { $0.isRetained && $0.topic.hasSuffix("/state") }) else { return false }
      let alarms = state.json["alarms"] as? [[String: Any]]
      found = alarms.map { $0.map { "\($0["sensor"] ?? "?") \($0["alarm"] ?? "?")" } }
      return true
    }
    return found
  }

  private func readings(_ sensor: String, _ count: Int) -> Bool {
    let before = subscriber.readings(of: sensor).count
    return subscriber.waits { _ in subscriber.readings(of: sensor).count >= before + count }
  }

  @Test("Raised, still raised over a restart, cleared: each is told once, and whoever connects later knows")
  func story() throws {
    let listener = try Program(programs + "/fieldpost", ["listen", "--broker", broker.url])
    defer { listener.end() }
    var daemon = try start()
    #expect(readings("freezer", 1), "\(daemon.lines)")
    #expect(listener.says("freezer  -2.2 °F"), "\(listener.lines)")
    #expect(subscriber.readings(of: "freezer").first?.value() == -2.2)
    try set(freezer: -13_500)
    #expect(subscriber.waits { Self.alarms($0) == ["freezer high raised"] }, "\(alarms) \(daemon.lines)")
    let raised = try #require(subscriber.messages.first { $0.json["alarm"] != nil }).json
    #expect(raised["value"] as? Double == 5.9)
    #expect(raised["threshold"] as? Double == 5)
    #expect(raised["unit"] as? String == "°F")
    #expect(listener.says("event  alarm_raised: freezer: high: temperature is 5.9 °F, above 5 °F"), "\(listener.lines)")
    #expect(listener.says("testbench  online, alarms: freezer high temperature"), "\(listener.lines)")
    #expect(eventually { (try? listed()) == ["freezer high"] })
    #expect(daemon.says("freezer: alarm: high: temperature is 5.9 °F, above 5 °F"), "\(daemon.lines)")

    end(daemon)
    daemon = try start()
    #expect(readings("freezer", 3), "\(daemon.lines)")
    #expect(alarms == ["freezer high raised"])
    #expect(eventually { (try? listed()) == ["freezer high"] })

    end(daemon)
    try set(freezer: -20_000)
    daemon = try start()
    #expect(subscriber.waits { Self.alarms($0).count == 2 }, "\(alarms) \(daemon.lines)")
    #expect(readings("freezer", 3))
    #expect(alarms == ["freezer high raised", "freezer high cleared"])
    #expect(eventually { (try? listed()) == [] })
    end(daemon)
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("A value out of range is a fault and no reading; a sensor that gives none is stale until it does again")
  func stale() throws {
    let daemon = try start()
    #expect(readings("hall", 1), "\(daemon.lines)")
    #expect(readings("freezer", 3))
    // The dead band lets one of them pass.
    #expect(subscriber.readings(of: "hall").count == 1)
    try set(hall: 85_000)
    #expect(subscriber.waits { Self.alarms($0) == ["hall stale raised"] }, "\(alarms) \(daemon.lines)")
    #expect(daemon.says("hall: cannot be read: 85 °C is outside 0 °C … 50 °C, the range in the configuration"))
    try set(hall: 21_000)
    #expect(subscriber.waits { Self.alarms($0).last == "hall stale cleared" }, "\(alarms) \(daemon.lines)")
    #expect(subscriber.waits { _ in subscriber.readings(of: "hall").last?.value() == 21 })
    #expect(subscriber.readings(of: "hall").allSatisfy { $0.value() != 85 })
    end(daemon)
    #expect(alarms == ["hall stale raised", "hall stale cleared"])
    #expect(Audit(subscriber.readings).isPerfect, "\(Audit(subscriber.readings))")
  }

  @Test("An alarm that nobody could be told of is in the buffer, for spool dump and export, over a kill")
  func buffered() throws {
    broker.stop()
    let daemon = try start()
    try set(freezer: -10_000)
    #expect(daemon.says("freezer: alarm: high"), "\(daemon.lines)")
    daemon.end()
    for arguments in [["dump", "--records"], ["export"], ["export", "--csv"]] {
      let tool = try Program(programs + "/fieldpost", ["spool"] + arguments + [workplace.path("spool")])
      #expect(tool.exitStatus() == 0)
      let lines = tool.lines.filter { $0.contains("alarm_raised") }
      #expect(lines.count == 1 && lines[0].contains("high: temperature is 12.2 °F"), "\(tool.lines)")
    }
    // The buffer itself keeps °C.
    for (options, value) in [([], "-11,°C"), (["--config", workplace.path("devices.yaml")], "12.2,°F")] {
      let tool = try Program(
        programs + "/fieldpost", ["spool", "export", "--csv"] + options + [workplace.path("spool")])
      #expect(tool.exitStatus() == 0)
      #expect(tool.lines.contains { $0.contains(",freezer,") && $0.contains(value) }, "\(tool.lines)")
    }
  }

  @Test("fieldpost read shows what the chip says beside what is made of it, and what would be published")
  func read() throws {
    let file = try workplace.write(
      Daemon.configuration(workplace, broker: broker.url, sensors: Self.sensors), to: "devices.yaml")
    try set(hall: 60_000)
    let tool = try Program(programs + "/fieldpost", ["read", "--root", workplace.directory, file])
    #expect(tool.exitStatus() == 1)
    let text = tool.lines.joined(separator: "\n")
    for expected in [
      #/raw +-18 °C/#, #/value +-19 °C/#, #/"value":-2.2,"unit":"°F"/#, #/raw +60 °C/#,
      #/fault +60 °C is outside 0 °C … 50 °C/#,
    ] {
      #expect(text.contains(expected), "\(text)")
    }
  }
}
