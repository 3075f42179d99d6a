import Foundation
import Testing

@testable import Linux

/// The variables of systemd belong to the process: one test at a time.
@Suite("systemd's notifications", .serialized)
struct ServiceManagerTests {
  @Test("Without NOTIFY_SOCKET everything is silent")
  func silent() {
    unsetenv("NOTIFY_SOCKET")
    setenv("WATCHDOG_USEC", "60000000", 1)
    let manager = ServiceManager()
    #expect(manager.watchdogInterval == nil)
    manager.ready(status: "x")
    manager.petWatchdog()
  }

  @Test("Messages reach a real socket, by path and in the abstract namespace", arguments: [false, true])
  func messages(_ isAbstract: Bool) throws {
    let path = (isAbstract ? "@" : "/tmp/") + "fieldpost-notify-\(getpid())-\(isAbstract)"
    let receiver = try listen(path)
    defer {
      close(receiver)
      if !isAbstract { unlink(path) }
    }
    setenv("NOTIFY_SOCKET", path, 1)
    setenv("WATCHDOG_USEC", "30000000", 1)
    setenv("WATCHDOG_PID", "\(getpid())", 1)
    let manager = ServiceManager()
    #expect(manager.watchdogInterval == .seconds(30))
    #expect(getenv("NOTIFY_SOCKET") == nil, "a child process would inherit it")

    manager.ready(status: "2 sensors\nnone faulty")
    #expect(received(receiver) == "READY=1\nSTATUS=2 sensors none faulty")
    manager.petWatchdog()
    #expect(received(receiver) == "WATCHDOG=1")
    manager.stopping()
    #expect(received(receiver) == "STOPPING=1")
  }

  @Test("A watchdog that is meant for another process is not ours")
  func foreignWatchdog() throws {
    let path = "@fieldpost-foreign-\(getpid())"
    let receiver = try listen(path)
    defer { close(receiver) }
    setenv("NOTIFY_SOCKET", path, 1)
    setenv("WATCHDOG_USEC", "30000000", 1)
    setenv("WATCHDOG_PID", "1", 1)
    #expect(ServiceManager().watchdogInterval == nil)
  }

  @Test("A service manager that has gone is no reason to stop")
  func gone() {
    setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
    ServiceManager().ready(status: "x")
  }

  @Test("A path that does not fit is no address", arguments: ["", String(repeating: "x", count: 108)])
  func badPath(_ path: String) { #expect(SocketAddress(path: path) == nil) }

  private func listen(_ path: String) throws -> Int32 {
    let address = try #require(SocketAddress(path: path))
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var result: Int32 = -1
    address.withSockaddr { result = bind(descriptor, $0, $1) }
    try #require(result == 0)
    return descriptor
  }

  private func received(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
