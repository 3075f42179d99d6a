import Foundation
import Testing

/// A thread that hangs, as on a bus, a disk or a name server that never answers. The test plays systemd.
@Suite("A thread that hangs", .serialized)
struct HangTests {
  let workplace: Workplace
  let manager: Manager

  init() throws {
    workplace = try Workplace()
    manager = try Manager(workplace.path("notify"))
  }

  private func start() throws -> Program {
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors),
      options: ["--simulate"],
      environment: [
        "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1500000",
        // The shipped program has no such handler of crashes, which takes its time.
        "SWIFT_BACKTRACE": "enable=no",
      ])
    try #require(manager.hears("WATCHDOG=1"), "\(daemon.lines)")
    return daemon
  }

  @Test(
    "The thread is named, systemd hears no more; when the thread comes back it does",
    arguments: ["i2c-1", "spool", "uplink"])
  func named(_ thread: String) throws {
    let daemon = try start()
    let strace = try hold(thread, of: daemon)
    #expect(daemon.says("from the thread \(thread)"), "\(daemon.lines)")
    manager.drain()
    // Six times what it would take.
    Thread.sleep(forTimeInterval: 3)
    #expect(!manager.drain().contains { $0.contains("WATCHDOG=1") })
    strace.send(SIGINT)
    #expect(daemon.says("the thread \(thread) answers again"), "\(daemon.lines)")
    #expect(manager.hears("WATCHDOG=1"))
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("A disk that hangs while the buffer is opened is named, though nothing has begun yet")
  func opening() throws {
    let file = try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors),
      to: "devices.yaml")
    let daemon = try Program(
      "/usr/bin/strace",
      [
        "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=600000000",
        programs + "/fieldpostd", "--simulate", file,
      ], environment: ["NOTIFY_SOCKET": manager.path, "RUNTIME_DIRECTORY": workplace.directory])
    #expect(manager.hears("STATUS=opening the buffer in \(workplace.path("spool"))"))
    let expected = "the buffer in \(workplace.path("spool")) has not opened for 20 s: its disk hangs [thread-silent]"
    #expect(daemon.says(expected, within: .seconds(60)), "\(daemon.lines)")
    // Nobody can end who is held by a tracer.
    let traced = try String(contentsOfFile: "/proc/\(daemon.pid)/task/\(daemon.pid)/children", encoding: .utf8)
    daemon.end()
    for child in traced.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGKILL) }
  }

  @Test("A large buffer on a slow card is opened for as long as it takes: systemd is asked for patience")
  func slowCard() throws {
    let file = try workplace.write(
      Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:\(try freePort())", sensors: Daemon.twoSensors),
      to: "devices.yaml")
    let spool = workplace.path("spool")
    try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
    // Each of its 512 blocks takes 100 ms.
    for number in 0..<8 {
      try Data(repeating: 0, count: 262_144).write(to: URL(fileURLWithPath: "\(spool)/0000000\(number).seg"))
    }
    let daemon = try Program(
      "/usr/bin/strace",
      [
        "-f", "-o", "/dev/null", "-e", "trace=pread64", "-e", "inject=pread64:delay_enter=100000",
        programs + "/fieldpostd", "--simulate", file,
      ], environment: ["NOTIFY_SOCKET": manager.path, "RUNTIME_DIRECTORY": workplace.directory])
    let first = try #require(manager.next(beginning: "EXTEND_TIMEOUT_USEC=60000000"))
    #expect(first.contains("STATUS=opening the buffer in \(spool): "))
    #expect(first.contains(" accesses to the disk"))
    #expect(manager.next(beginning: "EXTEND_TIMEOUT_USEC=60000000") != nil)
    #expect(!daemon.lines.contains { $0.contains("its disk hangs") })
    #expect(manager.next(beginning: "READY=1", within: .seconds(300)) != nil)
    let traced = try String(contentsOfFile: "/proc/\(daemon.pid)/task/\(daemon.pid)/children", encoding: .utf8)
    for child in traced.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGKILL) }
    daemon.end()
  }

  @Test("The main thread itself: nobody is left to say so, and systemd hears nothing")
  func main() throws {
    let daemon = try start()
    let strace = try hold("fieldpostd", of: daemon)
    manager.drain()
    Thread.sleep(forTimeInterval: 3)
    #expect(!manager.drain().contains { $0.contains("WATCHDOG=1") })
    strace.send(SIGINT)
    #expect(manager.hears("WATCHDOG=1"))
  }

  @Test("SIGABRT, which systemd then sends, ends it")
  func abort() throws {
    let daemon = try start()
    daemon.send(SIGABRT)
    #expect(daemon.exitStatus() == -SIGABRT)
  }
}
