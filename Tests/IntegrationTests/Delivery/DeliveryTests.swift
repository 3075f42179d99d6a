import Foundation
import Testing

/// Real brokers, real processes. Serialized, so that two cores suffice.
@Suite("From the sensor to the broker", .serialized)
struct DeliveryTests {
  let workplace: Workplace
  let broker: Broker
  let subscriber: Subscriber

  init() throws {
    workplace = try Workplace()
    broker = try Broker(workplace)
    subscriber = try Subscriber(port: broker.port)
  }

  private func start(_ uplink: String = "", sensors: String = Daemon.twoSensors) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: broker.url, uplink: uplink, sensors: sensors),
      options: ["--simulate"])
  }

  @Test(
    "Readings arrive complete, in order and with the quality of service asked for, with both protocols",
    arguments: [(0, "5"), (1, "5"), (2, "5"), (0, "3.1.1"), (1, "3.1.1"), (2, "3.1.1")])
  func arrives(_ qos: Int, _ version: String) throws {
    let daemon = try start("  qos: \(qos)\n  protocol: \(version)")
    #expect(subscriber.waits { $0.filter { $0.sensor == "a" }.count >= 3 }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let readings = subscriber.readings
    #expect(Audit(readings).isPerfect, "\(Audit(readings))")
    #expect(readings.allSatisfy { $0.qos == qos && !$0.isRetained })
    #expect(readings.allSatisfy { $0.topic == "fieldpost/testbench/\($0.sensor)" })
    #expect(readings.allSatisfy { $0.value() != nil && $0.json["quality"] as? String == "good" })
  }

  @Test("The state is retained: online while it runs, offline after a goodbye and after a kill")
  func state() throws {
    // `online` comes again after ten seconds.
    func states() -> [String] {
      subscriber.messages.filter { $0.topic == "fieldpost/testbench/state" }.compactMap { $0.json["state"] as? String }
        .reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
    let first = try start()
    #expect(subscriber.waits { _ in states() == ["online"] }, "\(first.lines)")
    first.send(SIGTERM)
    #expect(first.exitStatus() == 0)
    #expect(subscriber.waits { _ in states() == ["online", "offline"] })
    let second = try start()
    #expect(subscriber.waits { _ in states() == ["online", "offline", "online"] })
    second.send(SIGKILL)
    #expect(subscriber.waits { _ in states() == ["online", "offline", "online", "offline"] })
    let late = try Subscriber(port: broker.port)
    #expect(late.waits { $0.contains { $0.isRetained && $0.json["state"] as? String == "offline" } })
  }

  @Test(
    "Killed while the broker is down: what was older than 5 s at the kill arrives, in order, none twice with another identity"
  )
  func killedWhileDown() throws {
    let first = try start()
    #expect(subscriber.waits { $0.filter { $0.sensor == "b" }.count >= 2 }, "\(first.lines)")
    broker.kill()
    subscriber.end()
    #expect(first.says("connection lost"))
    // The outage, long enough for readings to become older than 5 s.
    #expect(eventually(within: .seconds(60)) { workplace.hasOnDisk(12) }, "\(first.lines)")
    let killed = Date()
    first.send(SIGKILL)
    _ = first.exitStatus()

    try broker.start()
    let after = try Subscriber(port: broker.port)
    let second = try start()
    let before = subscriber.messages
    #expect(
      after.waits { ($0 + before).ofStart(2).filter { $0.sensor == "a" }.count >= 2 }, "\(second.lines)")
    second.send(SIGTERM)
    #expect(second.exitStatus() == 0)

    let readings = subscriber.readings + after.readings
    let audit = Audit(readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.disorder.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
    for sensor in ["a", "b"] {
      let times = readings.ofStart(1).filter { $0.sensor == sensor }.compactMap(time)
      let newest = try #require(times.max())
      #expect(newest >= killed.addingTimeInterval(-6.5), "\(sensor): the newest is of \(newest), killed at \(killed)")
      #expect(times.count >= 8)
    }
  }

  @Test(
    "The broker is away and comes back: nothing is lost, and order holds",
    arguments: [
      "stopped", "killed",
    ])
  func brokerAway(_ how: String) throws {
    let daemon = try start("  retry_ceiling: 1s")
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } }, "\(daemon.lines)")
    how == "stopped" ? broker.stop() : broker.kill()
    subscriber.end()
    #expect(daemon.says("connection lost"))
    #expect(eventually(within: .seconds(60)) { workplace.hasOnDisk(4) }, "\(daemon.lines)")
    // The daemon holds still until there is somebody to count what arrives.
    daemon.send(SIGSTOP)
    try broker.start()
    let after = try Subscriber(port: broker.port)
    daemon.send(SIGCONT)
    let before = subscriber.readings(of: "a").last?.sequence ?? 0
    #expect(after.waits { $0.contains { $0.sensor == "a" && $0.sequence >= before + 5 } }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let audit = Audit(subscriber.readings + after.readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.disorder.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
  }

  @Test("A broker that freezes is noticed, and when it thaws everything arrives")
  func frozen() throws {
    let daemon = try start("  retry_ceiling: 1s\n  acknowledge_timeout: 2s")
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } }, "\(daemon.lines)")
    broker.freeze()
    #expect(daemon.says("no acknowledgement within"))
    broker.thaw()
    let count = subscriber.readings.count
    #expect(subscriber.waits { $0.count >= count + 8 }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let audit = Audit(subscriber.readings)
    #expect(audit.gaps.isEmpty, "\(audit)")
    #expect(audit.contradictions.isEmpty, "\(audit)")
  }

  private func time(_ reading: Received) -> Date? {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return (reading.json["time"] as? String).flatMap(formatter.date(from:))
  }
}
