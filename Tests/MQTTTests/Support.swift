import Glibc
import Linux
import Messages
import Synchronization

@testable import MQTT

extension MosquittoOptions {
  static func test(port: UInt16 = 1_883, qos: Int32 = 1) -> MosquittoOptions {
    MosquittoOptions(
      brokers: [.init(host: "127.0.0.1", port: port)], clientID: "c", version: .v5, qos: qos, keepAlive: .seconds(30),
      silence: .seconds(8), username: nil, password: nil, tls: nil)
  }
}

/// A broker that welcomes one client of MQTT 5, reads nothing more until `send`, and then sees how the connection ends.
final class SilentBroker: Sendable {
  enum Ending {
    /// After these bytes, by FIN.
    case end([UInt8])
    case reset
  }

  let port: UInt16
  private let mayRead = Mutex(false)
  private let isUnread = Mutex(false)
  private let ending = Mutex<Ending?>(nil)

  init() {
    let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listening, $0, size)
        _ = listen(listening, 1)
        getsockname(listening, $0, &size)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    let loop = EventLoop(name: "broker")
    loop.start()
    loop.post { self.serve(listening) }
    loop.stop()
  }

  /// Returns when the client has bytes to read: a PUBLISH of QoS 0 with the topic x.
  func send() {
    mayRead.withLock { $0 = true }
    while !isUnread.withLock({ $0 }) { usleep(1_000) }
  }

  /// How the connection ended; waits for it.
  var outcome: Ending {
    while true {
      if let ending = ending.withLock({ $0 }) { return ending }
      usleep(1_000)
    }
  }

  private func serve(_ listening: Int32) {
    let client = accept(listening, nil, nil)
    close(listening)
    var bytes = [UInt8](repeating: 0, count: 4_096)
    _ = read(client, &bytes, bytes.count)
    _ = write(client, [0x20, 3, 0, 0, 0] as [UInt8], 5)
    while !mayRead.withLock({ $0 }) { usleep(1_000) }
    _ = write(client, [0x30, 4, 0, 1, UInt8(ascii: "x"), 0] as [UInt8], 6)
    isUnread.withLock { $0 = true }
    var all: [UInt8] = []
    var count = read(client, &bytes, bytes.count)
    while count > 0 {
      all += bytes[..<count]
      count = read(client, &bytes, bytes.count)
    }
    close(client)
    let seen = all
    ending.withLock { $0 = count == 0 ? .end(seen) : .reset }
  }
}

/// The events that an owner of a link has reported.
final class Reports<Event: Sendable>: Sendable {
  private let all = Mutex<[Event]>([])

  var events: [Event] { all.withLock { $0 } }

  func add(_ event: Event) { all.withLock { $0.append(event) } }

  /// Waits for an event; false: it has not come within 10 s.
  func has(_ isWanted: (Event) -> Bool) -> Bool {
    for _ in 0..<10_000 {
      if events.contains(where: isWanted) { return true }
      usleep(1_000)
    }
    return false
  }
}
