import Foundation
import Testing

/// SIGTERM ends the daemon within 5 s, whatever the network does. The limit is systemd's and ours, so it is tested as a
/// limit: three times as long on a busy machine.
@Suite("Stopping", .serialized)
struct StoppingTests {
  static let limit = Duration.seconds(15)
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  private func start(broker: String, options: [String] = ["--simulate"]) throws -> Program {
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: broker, sensors: Daemon.twoSensors), options: options)
    try #require(daemon.says("device testbench"), "\(daemon.lines)")
    return daemon
  }

  @Test("Nobody listens")
  func refused() throws {
    let daemon = try start(broker: "mqtt://127.0.0.1:\(try freePort())")
    #expect(daemon.says("cannot connect"))
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus(within: Self.limit) == 0, "\(daemon.lines)")
  }

  @Test("SYN goes unanswered")
  func blackhole() throws {
    let hole = try Blackhole()
    let daemon = try start(broker: "mqtt://127.0.0.1:\(hole.port)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus(within: Self.limit) == 0, "\(daemon.lines)")
  }

  @Test("Connected, but no CONNACK ever comes")
  func mute() throws {
    let mute = try MuteServer()
    let daemon = try start(broker: "mqtt://127.0.0.1:\(mute.port)")
    #expect(eventually { mute.hasClient })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus(within: Self.limit) == 0, "\(daemon.lines)")
  }

  @Test("The broker freezes with messages on their way")
  func frozen() throws {
    let broker = try Broker(workplace)
    let daemon = try start(broker: broker.url)
    #expect(daemon.says(": connected"))
    broker.freeze()
    Thread.sleep(forTimeInterval: 2)
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus(within: Self.limit) == 0, "\(daemon.lines)")
    broker.thaw()
  }

  @Test("What was not yet on disk is made durable by SIGTERM", arguments: [SIGTERM, SIGINT])
  func durable(_ signal: Int32) throws {
    let broker = try Broker(workplace)
    broker.stop()
    let daemon = try start(broker: broker.url)
    Thread.sleep(forTimeInterval: 2.5)
    daemon.send(signal)
    #expect(daemon.exitStatus(within: Self.limit) == 0, "\(daemon.lines)")

    try broker.start()
    let subscriber = try Subscriber(port: broker.port)
    let next = try start(broker: broker.url)
    #expect(subscriber.waits { $0.ofStart(2).contains { $0.sensor == "b" } }, "\(next.lines)")
    let old = subscriber.readings.ofStart(1)
    #expect(old.filter { $0.sensor == "a" }.map(\.sequence).starts(with: [1, 2, 3]))
    #expect(Audit(subscriber.readings).isPerfect)
  }
}

/// A listener with a full backlog: further connection attempts are left without an answer.
final class Blackhole {
  let port: Int
  private let listener: Int32
  private var clients: [Int32] = []

  init() throws {
    port = try freePort()
    listener = try listening(port, backlog: 0)
    for _ in 0..<4 {
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = loopback(port)
      _ = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      clients.append(client)
    }
  }

  deinit { for descriptor in clients + [listener] { close(descriptor) } }
}

/// Accepts (the kernel does, for its backlog) and says nothing.
final class MuteServer {
  let port: Int
  private let listener: Int32

  init() throws {
    port = try freePort()
    listener = try listening(port, backlog: 16)
  }

  deinit { close(listener) }

  var hasClient: Bool {
    var polled = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    return poll(&polled, 1, 0) == 1
  }
}

private func listening(_ port: Int, backlog: Int32) throws -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = loopback(port)
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  try #require(bound == 0 && listen(descriptor, backlog) == 0)
  return descriptor
}
