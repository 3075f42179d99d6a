import Foundation
import Linux
import Testing

/// The daemon as systemd sees it: the socket that it notifies is played by the test.
@Suite("Under systemd", .serialized)
struct ServiceTests {
  let workplace: Workplace
  let manager: Manager

  init() throws {
    workplace = try Workplace()
    manager = try Manager(workplace.path("notify"))
  }

  private func start(watchdog: Int = 3_000_000) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "\(watchdog)"])
  }

  @Test("READY without a broker, WATCHDOG while every thread turns, STOPPING at the end")
  func story() throws {
    let daemon = try start()
    #expect(manager.next(beginning: "READY=1")?.contains("STATUS=2 sensors, none faulty; not connected") == true)
    #expect(manager.next(beginning: "WATCHDOG=1") != nil)
    #expect(manager.next(beginning: "WATCHDOG=1") != nil)
    daemon.send(SIGTERM)
    #expect(manager.next(beginning: "STOPPING=1") != nil)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("RELOADING with the time, and READY when it is over, whether the new file was good or not")
  func reload() throws {
    let daemon = try start()
    #expect(manager.next(beginning: "READY=1") != nil)
    for text in ["sensors: []", "not a configuration"] {
      try workplace.write(text, to: "devices.yaml")
      daemon.send(SIGHUP)
      let message = try #require(manager.next(beginning: "RELOADING=1"))
      let stamp = try #require(
        message.split(separator: "\n").last.flatMap { Int64($0.dropFirst("MONOTONIC_USEC=".count)) })
      #expect(stamp > 0)
      #expect(stamp <= monotonic() / 1_000)
      #expect(manager.next(beginning: "READY=1")?.contains("STATUS=2 sensors") == true)
    }
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  private func monotonic() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  @Test("A faulty sensor that a reload moves to another bus is faulty no more")
  func moved() throws {
    let value = try workplace.write("21500\n", to: "value")
    func text(_ sensor: String) throws -> String {
      Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: "  - {id: b, every: 1s, \(sensor)}")
    }
    let daemon = try Daemon.start(
      workplace, configuration: try text("driver: tmp102, bus: i2c-99, address: 0x48"),
      environment: ["NOTIFY_SOCKET": manager.path])
    #expect(manager.hears("1 faulty (b)"), "\(daemon.lines)")
    try workplace.write(try text("driver: file, path: \(value)"), to: "devices.yaml")
    daemon.send(SIGHUP)
    #expect(manager.hears("none faulty"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("A second daemon on the same buffer is refused with a line that says why, and harms nothing")
  func secondDaemon() throws {
    let first = try start()
    #expect(first.says("device testbench"))
    let second = try start()
    #expect(second.exitStatus() == 75)
    #expect(
      second.lines.contains { $0.contains(workplace.path("spool")) && $0.contains("another process") },
      "\(second.lines)")
    first.send(SIGTERM)
    #expect(first.exitStatus() == 0)
  }
}
