import Glibc

/// systemd, spoken to by the sd_notify protocol (sd_notify(3)): datagrams to the socket named by NOTIFY_SOCKET. Without
/// that variable there is nobody to speak to, and every call does nothing.
public final class ServiceManager: Sendable {
  /// How often WATCHDOG=1 is expected; nil when it is not.
  public let watchdogInterval: Duration?

  private let socket: Int32
  private let address: SocketAddress?

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them, so that no child process inherits them.
  public init() {
    address = environment("NOTIFY_SOCKET").flatMap(SocketAddress.init(path:))
    let isForUs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
    let interval = environment("WATCHDOG_USEC").flatMap { Int64($0) }.map { Duration.microseconds($0) }
    watchdogInterval = isForUs && address != nil ? interval : nil
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { unsetenv(name) }
    socket = address == nil ? -1 : Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  deinit { if socket >= 0 { close(socket) } }

  public func ready(status: String) { send("READY=1\nSTATUS=\(oneLine(status))") }
  /// The settings are read anew; `ready` ends it.
  public func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonic() / 1_000)")
  }
  public func status(_ text: String) { send("STATUS=\(oneLine(text))") }
  /// The start takes longer than the unit allows (TimeoutStartSec), and goes on: systemd is to wait so much longer from now on.
  public func starting(within time: Duration, status: String) {
    send("EXTEND_TIMEOUT_USEC=\(time.components.seconds * 1_000_000)\nSTATUS=\(oneLine(status))")
  }
  public func stopping() { send("STOPPING=1") }
  public func petWatchdog() { send("WATCHDOG=1") }

  /// A service manager that is gone or busy is never a reason to stop.
  private func send(_ message: String) {
    guard socket >= 0, let address else { return }
    address.withSockaddr { pointer, length in
      _ = message.utf8.withContiguousStorageIfAvailable { bytes in
        sendto(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length)
      }
    }
  }

  private func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}

/// The address of a Unix socket; `@name` is in the abstract namespace.
struct SocketAddress: Sendable {
  private let address: sockaddr_un
  private let length: socklen_t

  /// Nil when the path does not fit.
  init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      target.copyBytes(from: bytes)
      if bytes[0] == UInt8(ascii: "@") { target[0] = 0 }
    }
    self.address = address
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    length = socklen_t(offset + bytes.count)
  }

  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}

/// A variable of the environment; nil when it is not set or empty.
public func environment(_ name: String) -> String? {
  guard let value = getenv(name) else { return nil }
  let text = String(cString: value)
  return text.isEmpty ? nil : text
}
