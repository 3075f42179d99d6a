import Foundation
import Linux
import Testing

/// The daemon as systemd sees it: the socket that it notifies is played by the test.
@Suite("Under systemd", .serialized)
struct ServiceTests {
  let workplace: Workplace
  let socketPath: String
  let receiver: Int32

  init() throws {
    workplace = try Workplace()
    socketPath = workplace.path("notify")
    receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socketPath.utf8)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
  }

  private func start(watchdog: Int = 3_000_000) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: ["NOTIFY_SOCKET": socketPath, "WATCHDOG_USEC": "\(watchdog)"])
  }

  /// The next message; nil when none comes.
  private func next() -> String? {
    var buffer = [UInt8](repeating: 0, count: 1_024)
    var count = -1
    _ = eventually(within: .seconds(20)) {
      count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      return count >= 0
    }
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  private func next(beginning prefix: String) -> String? {
    while let message = next() { if message.hasPrefix(prefix) { return message } }
    return nil
  }

  @Test("READY without a broker, WATCHDOG while every thread turns, STOPPING at the end")
  func story() throws {
    defer { close(receiver) }
    let daemon = try start()
    #expect(next(beginning: "READY=1")?.contains("STATUS=2 sensors, none faulty; not connected") == true)
    #expect(next(beginning: "WATCHDOG=1") != nil)
    #expect(next(beginning: "WATCHDOG=1") != nil)
    daemon.send(SIGTERM)
    #expect(next(beginning: "STOPPING=1") != nil)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("RELOADING with the time, and READY when it is over, whether the new file was good or not")
  func reload() throws {
    defer { close(receiver) }
    let daemon = try start()
    #expect(next(beginning: "READY=1") != nil)
    for text in ["sensors: []", "not a configuration"] {
      try workplace.write(text, to: "devices.yaml")
      daemon.send(SIGHUP)
      let message = try #require(next(beginning: "RELOADING=1"))
      let stamp = try #require(
        message.split(separator: "\n").last.flatMap { Int64($0.dropFirst("MONOTONIC_USEC=".count)) })
      #expect(stamp > 0 && stamp <= monotonic() / 1_000)
      #expect(next(beginning: "READY=1")?.contains("STATUS=2 sensors") == true)
    }
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  private func monotonic() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  @Test("A second daemon on the same buffer is refused with a line that says why, and harms nothing")
  func secondDaemon() throws {
    defer { close(receiver) }
    let first = try start()
    #expect(first.says("device testbench"))
    let second = try start()
    #expect(second.exitStatus() == 73)
    #expect(
      second.lines.contains { $0.contains(workplace.path("spool")) && $0.contains("another process") },
      "\(second.lines)")
    first.send(SIGTERM)
    #expect(first.exitStatus() == 0)
  }
}
