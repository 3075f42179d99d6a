import Foundation
import Synchronization
import Testing

/// A real mosquitto broker on a loopback port of its own. It can be stopped, killed and started again on that port.
final class Broker {
  let port: Int
  private let workplace: Workplace
  private let configuration: String
  private var program: Program?

  /// `settings` are further lines of mosquitto.conf; those that follow a `listener` belong to it.
  init(_ workplace: Workplace, settings: String = "allow_anonymous true") throws {
    self.workplace = workplace
    port = try freePort()
    configuration = try workplace.write(
      // As root it would become the user mosquitto, who may not write here.
      "user \(NSUserName())\nlistener \(port) 127.0.0.1\n\(settings)\n", to: "broker-\(port).conf")
    try start()
  }

  var url: String { "mqtt://127.0.0.1:\(port)" }

  func start() throws {
    let program = try Program("/usr/sbin/mosquitto", ["-c", configuration, "-v"])
    self.program = program
    try #require(eventually { canConnect(port) || !program.isRunning }, "the broker does not start")
    try #require(program.isRunning, "the broker ended: \(program.lines)")
  }

  /// SIGTERM: with MQTT 5 the clients are told.
  func stop() { end(SIGTERM) }

  /// SIGKILL: nobody is told.
  func kill() { end(SIGKILL) }

  /// SIGSTOP: connections stand, nothing answers.
  func freeze() { program?.send(SIGSTOP) }
  func thaw() { program?.send(SIGCONT) }

  /// Reads its access rules anew.
  func reload() { program?.send(SIGHUP) }

  var log: [String] { program?.lines ?? [] }

  private func end(_ signal: Int32) {
    program?.send(signal)
    _ = program?.exitStatus()
    program = nil
  }
}

/// A port at which nothing listens. Each is given away once, and lies below those that the kernel gives to whoever does not
/// mind: a daemon whose broker is away must not find another test's in its place.
func freePort() throws -> Int {
  for _ in 0..<ports.count {
    let port = ports.lowerBound + nextPort.add(1, ordering: .relaxed).newValue % ports.count
    if canBind(port) { return port }
  }
  throw POSIXError(.EADDRINUSE)
}

private let ports = 10_000..<32_000
private let nextPort = Atomic(Int.random(in: ports))

private func canBind(_ port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

func canConnect(_ port: Int) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = loopback(port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}

func loopback(_ port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}
