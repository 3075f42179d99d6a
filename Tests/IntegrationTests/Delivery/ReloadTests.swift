import Foundation
import Testing

/// SIGHUP, or `systemctl reload`: what changed is taken over, everything else goes on.
@Suite("Reloading the configuration", .serialized)
struct ReloadTests {
  let workplace: Workplace
  let broker: Broker
  let subscriber: Subscriber

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    subscriber = try Subscriber(port: broker.port)
  }

  private func configuration(_ sensors: String, uplink: String = "", buffer: String = "") -> String {
    Daemon.configuration(workplace, broker: broker.url, uplink: uplink, buffer: buffer, sensors: sensors)
  }

  private func start(_ sensors: String = Daemon.twoSensors) throws -> Program {
    let daemon = try Daemon.start(workplace, configuration: configuration(sensors), options: ["--simulate"])
    try #require(subscriber.waits { $0.contains { $0.sensor == "a" } }, "\(daemon.lines)")
    return daemon
  }

  /// Overwrites the file, asks for a reload, and waits for the line that says what came of it.
  private func reload(_ daemon: Program, _ text: String) throws -> String {
    try workplace.write(text, to: "devices.yaml")
    let before = verdicts(daemon).count
    daemon.send(SIGHUP)
    try #require(eventually { verdicts(daemon).count > before }, "\(daemon.lines)")
    return verdicts(daemon)[before]
  }

  private func verdicts(_ daemon: Program) -> [String] {
    daemon.lines.filter { $0.contains("reload: ") && !$0.contains("devices.yaml:") }
  }

  /// From here on `count` more readings of a sensor arrive.
  private func goesOn(_ sensor: String, by count: Int = 2) -> Bool {
    let before = subscriber.readings(of: sensor).count
    return subscriber.waits { _ in subscriber.readings(of: sensor).count >= before + count }
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let readings = subscriber.readings
    #expect(Audit(readings).isPerfect, "\(Audit(readings))")
    #expect(Set(readings.map(\.epoch)).count == 1)
  }

  @Test("A sensor that is new, one that has changed, one that is gone; the connection stays")
  func sensors() throws {
    let daemon = try start()
    let verdict = try reload(
      daemon,
      configuration(
        """
          - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s}
          - {id: c, driver: sht4x, bus: i2c-2, address: 0x44, every: 1s}
        """))
    #expect(verdict.contains("1 new (c), 1 gone (b)"), "\(verdict)")
    #expect(subscriber.waits { $0.contains { $0.sensor == "c" } })
    #expect(goesOn("a"))
    let gone = subscriber.readings(of: "b").count
    #expect(goesOn("c"))
    #expect(subscriber.readings(of: "b").count == gone)
    // It comes back where it was: its numbers go on.
    _ = try reload(daemon, configuration(Daemon.twoSensors.replacing("0x48", with: "0x4a")))
    #expect(goesOn("b"))
    #expect(goesOn("a"))
    end(daemon)
    #expect(daemon.lines.count { $0.contains(": connected") } == 1)
  }

  @Test("A file with mistakes, no file, an empty one: each mistake is told, and everything stays as it was")
  func invalid() throws {
    let daemon = try start()
    let verdict = try reload(
      daemon, configuration("  - {id: a, driver: tmp120, bus: i2c-1, address: 0x48}\n  - {driver: tmp102}"))
    #expect(verdict.contains("refused"), "\(verdict)")
    #expect(verdict.contains("the old settings stay"), "\(verdict)")
    #expect(daemon.lines.contains { $0.contains("devices.yaml:10:") && $0.contains(#"did you mean "tmp102"?"#) })
    #expect(try reload(daemon, "").contains("refused"))
    try FileManager.default.removeItem(atPath: workplace.path("devices.yaml"))
    let before = verdicts(daemon).count
    daemon.send(SIGHUP)
    #expect(eventually { verdicts(daemon).count > before })
    #expect(goesOn("a"))
    #expect(goesOn("b"))
    #expect(try reload(daemon, configuration(Daemon.twoSensors)).contains("nothing has changed"))
    end(daemon)
  }

  @Test("What only a restart can change is refused as a whole, and named")
  func fixed() throws {
    let daemon = try start()
    let text = configuration(Daemon.twoSensors.replacing("every: 1s", with: "every: 9s"), buffer: "  size: 2MiB")
      .replacing("id: testbench", with: "id: other")
    let verdict = try reload(daemon, text)
    #expect(verdict.contains("only a restart can change device.id, buffer"), "\(verdict)")
    #expect(goesOn("a", by: 3))
    end(daemon)
  }

  @Test("Other settings of the uplink: it says goodbye and reconnects; nothing is lost, nothing comes twice")
  func uplink() throws {
    let daemon = try start()
    #expect(
      try reload(daemon, configuration(Daemon.twoSensors, uplink: "  topics: {prefix: site}"))
        .contains("the uplink reconnects"))
    #expect(subscriber.waits { $0.contains { $0.topic == "site/testbench/a" } }, "\(daemon.lines)")
    #expect(
      subscriber.messages.contains {
        $0.topic == "fieldpost/testbench/state" && $0.json["state"] as? String == "offline"
      })
    #expect(
      subscriber.waits { $0.contains { $0.topic == "site/testbench/state" && $0.json["state"] as? String == "online" } }
    )
    end(daemon)
  }

  @Test("A broker that does not answer is left for another one, with what waits")
  func otherBroker() throws {
    let hole = try Blackhole()
    let text = Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:\(hole.port)", sensors: Daemon.twoSensors)
    let daemon = try Daemon.start(workplace, configuration: text, options: ["--simulate"])
    try #require(daemon.says("device testbench"))
    Thread.sleep(forTimeInterval: 2)
    _ = try reload(daemon, configuration(Daemon.twoSensors))
    #expect(goesOn("a", by: 3))
    #expect(goesOn("b", by: 3))
    end(daemon)
  }

  @Test("Twenty reloads while a hundred readings a second are taken: 0 lost, 0 repeated")
  func underLoad() throws {
    func sensors(_ turn: Int) -> String {
      (0..<10).map { number in
        // One of them changes each time; now and then all of them, and the uplink.
        let offset = number == turn % 10 || turn % 7 == 0 ? ", offset: 0.\(turn)" : ""
        return "  - {id: s\(number), driver: file, path: /run/s\(number), every: 100ms\(offset)}"
      }.joined(separator: "\n")
    }
    let first = configuration(sensors(0))
    let daemon = try Daemon.start(workplace, configuration: first, options: ["--simulate"])
    try #require(subscriber.waits { $0.contains { $0.sensor == "s9" } }, "\(daemon.lines)")
    for turn in 1...20 {
      let uplink = turn % 4 == 0 ? "  in_flight: \(turn)" : ""
      #expect(try reload(daemon, configuration(sensors(turn), uplink: uplink)).contains("sensors: "))
    }
    #expect((0..<10).allSatisfy { goesOn("s\($0)", by: 5) }, "\(daemon.lines)")
    end(daemon)
    #expect(daemon.lines.count { $0.contains(": connected") } >= 5)
  }

  @Test("Messages that the broker denied are tried again by the next uplink")
  func heldBack() throws {
    let rules = try workplace.write("topic readwrite fieldpost/testbench/state\ntopic read #\n", to: "rules")
    let strict = try Broker(workplace, settings: "allow_anonymous true\nacl_file \(rules)")
    let listener = try Subscriber(port: strict.port)
    func text(_ prefix: String) -> String {
      Daemon.configuration(
        workplace, broker: strict.url, uplink: "  topics: {prefix: \(prefix)}", sensors: Daemon.twoSensors)
    }
    let daemon = try Daemon.start(workplace, configuration: text("fieldpost"), options: ["--simulate"])
    try #require(daemon.says("not authorised") || daemon.says("authori"), "\(daemon.lines)")
    try workplace.write(
      "topic readwrite open/#\ntopic readwrite fieldpost/testbench/state\ntopic read #\n", to: "rules")
    strict.reload()
    _ = try reload(daemon, text("open"))
    #expect(
      listener.waits {
        $0.contains { $0.sensor == "a" && $0.sequence == 1 } && $0.contains { $0.sensor == "b" && $0.sequence == 1 }
      },
      "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(Audit(listener.readings).isPerfect, "\(Audit(listener.readings))")
  }

  @Test("An alarm that is raised stays raised when something else changes, and is cleared when its rule goes")
  func alarms() throws {
    func sensors(_ options: String, _ other: String) -> String {
      """
        - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 1s\(options)}
        - {id: b, driver: tmp102, bus: i2c-1, address: 0x49, every: \(other)}
      """
    }
    func events(_ kind: String) -> Int { subscriber.messages.count { $0.json["event"] as? String == kind } }
    let high = ", alarms: {high: -10}"
    let daemon = try start(sensors(high, "1s"))
    #expect(subscriber.waits { _ in events("alarm_raised") == 1 }, "\(daemon.lines)")
    _ = try reload(daemon, configuration(sensors(high, "2s")))
    _ = try reload(daemon, configuration(sensors(high + ", offset: 1", "2s")))
    #expect(goesOn("a", by: 3))
    #expect(events("alarm_raised") == 1)
    #expect(events("alarm_cleared") == 0)
    _ = try reload(daemon, configuration(sensors("", "2s")))
    #expect(subscriber.waits { _ in events("alarm_cleared") == 1 }, "\(daemon.lines)")
    end(daemon)
  }

  @Test("When the terminal on which it was started is closed, it ends, in order")
  func terminal() throws {
    let file = try workplace.write(configuration(Daemon.twoSensors), to: "devices.yaml")
    // The terminal is the test's: util-linux's script has its other end, and a shell of its own session on it.
    let said = workplace.path("said")
    let terminal = try Program(
      "/usr/bin/script",
      ["-q", "-c", "exec '\(programs)/fieldpostd' --simulate '\(file)' 2>> '\(said)'", "/dev/null"])
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } })
    terminal.send(SIGKILL)
    // `online` comes again after ten seconds.
    func states() -> [String] {
      subscriber.messages.filter { $0.topic == "fieldpost/testbench/state" }.compactMap { $0.json["state"] as? String }
        .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
    #expect(subscriber.waits { _ in states() == ["online", "offline"] })
    #expect(
      eventually { (try? String(contentsOfFile: said, encoding: .utf8))?.contains("the terminal is closed") == true })
  }

  @Test("A reload in the middle of the end does nothing")
  func stopping() throws {
    let daemon = try start()
    daemon.send(SIGTERM)
    daemon.send(SIGHUP)
    #expect(daemon.exitStatus() == 0)
  }
}
