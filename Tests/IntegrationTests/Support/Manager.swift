import Foundation
import Testing

/// systemd's end of the notification socket.
final class Manager: Sendable {
  let path: String
  private let receiver: Int32

  init(_ path: String) throws {
    self.path = path
    receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
  }

  deinit { close(receiver) }

  /// The notifications that have arrived.
  @discardableResult
  func drain() -> [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 1_024)
    while case let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
      messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
    }
    return messages
  }

  /// The next message that begins like this; nil when none comes. Those before it are lost.
  func next(beginning prefix: String, within limit: Duration = .seconds(20)) -> String? {
    var buffer = [UInt8](repeating: 0, count: 1_024)
    var found: String?
    _ = eventually(within: limit) {
      let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count >= 0 else { return false }
      let message = String(decoding: buffer.prefix(count), as: UTF8.self)
      if message.hasPrefix(prefix) { found = message }
      return found != nil
    }
    return found
  }

  func hears(_ text: String) -> Bool { eventually { drain().contains { $0.contains(text) } } }
}
